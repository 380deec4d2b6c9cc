/* A host's own driver: backs up, restores and proves files of settings ("settings:/etc/app.conf", lines KEY=VALUE). */
#ifndef SETTINGS_DRIVER_H
#define SETTINGS_DRIVER_H
#include <holdfast_driver.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef struct settings {
  char path[1024], uri[1040], prefix[64];
  int strict;
} settings;

static holdfast_status failed(holdfast_error** err, holdfast_status status, const char* path) {
  char message[1100];
  snprintf(message, sizeof message, "%s: can't be read or written as settings", path);
  return holdfast_error_set(err, status, message);
}

static holdfast_status describe(void* self, holdfast_source_info* out, holdfast_context* context, holdfast_error** err) {
  const settings* s = self;
  (void)context, (void)err, out->uri = s->uri, out->name = "settings", out->driver = "settings";
  return HOLDFAST_OK;
}

static holdfast_status backup(void* self, holdfast_backup_writer* out, size_t source, holdfast_context* context, holdfast_error** err) {
  const settings* s = self;
  FILE* file = fopen(s->path, "r");
  holdfast_status status = HOLDFAST_OK;
  char line[4096];
  (void)context;
  if (file == NULL) return failed(err, HOLDFAST_E_SOURCE, s->path);
  while (status == HOLDFAST_OK && fgets(line, sizeof line, file) != NULL) {
    char* value = strchr(line, '=');
    holdfast_writer* entry = NULL;
    if (value == NULL && s->strict) status = failed(err, HOLDFAST_E_SOURCE, s->path);
    if (value == NULL || strncmp(line, s->prefix, strlen(s->prefix)) != 0) continue;
    *value++ = '\0';
    status = holdfast_backup_writer_open(&entry, out, source, line, "setting", NULL, err);
    if (status == HOLDFAST_OK) status = holdfast_writer_write(entry, value, strlen(value), err);
    if (status == HOLDFAST_OK) status = holdfast_writer_commit(entry, err);
    holdfast_writer_free(entry);
  }
  fclose(file);
  return status;
}

/* Writes the backup's settings to a file; with `equal`, compares them with those in the file instead. */
static holdfast_status put(FILE* file, int* equal, const holdfast_manifest* from, size_t source, size_t* count, holdfast_error** err) {
  holdfast_status status = HOLDFAST_OK;
  for (size_t i = *count = 0; status == HOLDFAST_OK && i < holdfast_manifest_entry_count(from); ++i) {
    const holdfast_entry* entry = holdfast_manifest_entry(from, i);
    holdfast_reader* reader = NULL;
    char value[4096] = "", line[8192], there[8192] = "";
    size_t got = 1, length = 0;
    if (holdfast_entry_source(entry) != source) continue;
    status = holdfast_manifest_read(&reader, from, entry, err);
    for (; status == HOLDFAST_OK && got > 0; length += got)
      status = holdfast_reader_read(&got, reader, value + length, sizeof value - 1 - length, err);
    holdfast_reader_free(reader);
    snprintf(line, sizeof line, "%s=%s", holdfast_entry_name(entry), value);
    if (equal == NULL && fputs(line, file) < 0) status = failed(err, HOLDFAST_E_TARGET, "the file");
    if (equal != NULL) *equal = fgets(there, sizeof there, file) != NULL && strcmp(there, line) == 0 && *equal;
    ++*count;
  }
  return status;
}

static holdfast_status restore(void* self, const holdfast_manifest* from, size_t source, holdfast_restore_report* out,
                               holdfast_context* context, holdfast_error** err) {
  const settings* s = self;
  FILE* file = fopen(s->path, "wx"); /* never overwrites a file */
  size_t count;
  holdfast_status status = file == NULL ? failed(err, HOLDFAST_E_TARGET, s->path) : put(file, NULL, from, source, &count, err);
  (void)context;
  if (file != NULL && fclose(file) != 0 && status == HOLDFAST_OK) status = failed(err, HOLDFAST_E_TARGET, s->path);
  if (status == HOLDFAST_OK) out->entries = count, out->where = s->path;
  return status;
}

static holdfast_status prove(void* self, const holdfast_manifest* from, size_t source, const holdfast_proof_request* request,
                             holdfast_proof* out, holdfast_context* context, holdfast_error** err) {
  FILE* file = tmpfile();
  size_t count = 0;
  int equal = 1;
  holdfast_status status = file == NULL ? failed(err, HOLDFAST_E_TARGET, "tmpfile") : put(file, NULL, from, source, &count, err);
  (void)self, (void)request, (void)context;
  if (file != NULL) rewind(file);
  if (status == HOLDFAST_OK) status = put(file, &equal, from, source, &count, err);
  if (file != NULL) fclose(file);
  if (status == HOLDFAST_OK) status = holdfast_proof_set(out, HOLDFAST_LEVEL_CONTENT_EQUAL, 0, 0, "a file", err);
  if (status == HOLDFAST_OK) status = holdfast_proof_add_count(out, "settings", count, err);
  if (status == HOLDFAST_OK && !equal) status = holdfast_proof_add_fault(out, "settings", "the restored settings differ", err);
  return status;
}

static settings* opened(const char* uri, const holdfast_notes* options) {
  const char *prefix = holdfast_notes_get(options, "prefix"), *strict = holdfast_notes_get(options, "strict");
  settings* s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  snprintf(s->path, sizeof s->path, "%s", strchr(uri, ':') + 1);
  snprintf(s->uri, sizeof s->uri, "settings:%s", s->path);
  snprintf(s->prefix, sizeof s->prefix, "%s", prefix == NULL ? "" : prefix);
  s->strict = strict != NULL && strcmp(strict, "yes") == 0;
  return s;
}

static holdfast_status open_source(void* self, const char* uri, const holdfast_notes* options, holdfast_source_driver* out,
                                   holdfast_error** err) {
  (void)self, (void)err;
  out->user_data = opened(uri, options), out->release = free, out->describe = describe, out->backup = backup;
  return out->user_data == NULL ? HOLDFAST_E_OUT_OF_MEMORY : HOLDFAST_OK;
}

static holdfast_status open_target(void* self, const char* uri, const holdfast_notes* options, holdfast_target_driver* out,
                                   holdfast_error** err) {
  (void)self, (void)err;
  out->user_data = opened(uri, options), out->release = free, out->restore = restore;
  return out->user_data == NULL ? HOLDFAST_E_OUT_OF_MEMORY : HOLDFAST_OK;
}
#endif
