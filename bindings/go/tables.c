#include "tables.h"

#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

static void release(void* user_data) { hfRelease((uintptr_t)user_data); }

static holdfast_status do_write(void* user_data, const void* data, size_t length, holdfast_error** err) {
  return hfWrite((uintptr_t)user_data, (void*)data, length, err);
}

static holdfast_status do_commit(void* user_data, holdfast_error** err) { return hfCommit((uintptr_t)user_data, err); }

static holdfast_status do_read(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
  return hfRead((uintptr_t)user_data, buffer, capacity, length_out, err);
}

static void fill_writer(holdfast_writer_driver* out, uintptr_t handle) {
  out->user_data = (void*)handle;
  out->release = release;
  out->write = do_write;
  out->commit = do_commit;
}

holdfast_status hf_writer_new(holdfast_writer** out, uintptr_t handle, holdfast_error** err) {
  holdfast_writer_driver table;
  memset(&table, 0, sizeof table);
  table.struct_size = sizeof table;
  fill_writer(&table, handle);
  return holdfast_writer_new(out, &table, err);
}

/* The texts that Go made for describe() live until the source is released. */
typedef struct source {
  uintptr_t handle;
  char *uri, *name;
} source;

static void source_release(void* user_data) {
  source* s = user_data;
  hfRelease(s->handle);
  free(s->uri);
  free(s->name);
  free(s);
}

static holdfast_status source_describe(void* user_data, holdfast_source_info* out, holdfast_context* context, holdfast_error** err) {
  source* s = user_data;
  holdfast_status status;
  (void)context;
  free(s->uri);
  free(s->name);
  s->uri = s->name = NULL;
  status = hfSourceDescribe(s->handle, &s->uri, &s->name, &out->size_estimate, err);
  out->uri = s->uri;
  out->name = s->name;
  return status;
}

static holdfast_status source_backup(void* user_data, holdfast_backup_writer* out, size_t number, holdfast_context* context,
                                     holdfast_error** err) {
  return hfSourceBackup(((source*)user_data)->handle, out, number, context, err);
}

holdfast_status hf_source_new(holdfast_source** out, uintptr_t handle, holdfast_error** err) {
  holdfast_source_driver table;
  source* s = calloc(1, sizeof *s);
  if (s == NULL) {
    hfRelease(handle);
    return holdfast_error_set(err, HOLDFAST_E_OUT_OF_MEMORY, "no memory for a source");
  }
  s->handle = handle;
  memset(&table, 0, sizeof table);
  table.struct_size = sizeof table;
  table.user_data = s;
  table.release = source_release;
  table.describe = source_describe;
  table.backup = source_backup;
  return holdfast_source_new(out, &table, err);
}

static holdfast_status storage_write(void* user_data, const char* name, holdfast_writer_driver* out, holdfast_error** err) {
  uintptr_t made = 0;
  const holdfast_status status = hfStorageWrite((uintptr_t)user_data, (char*)name, &made, err);
  if (status == HOLDFAST_OK) fill_writer(out, made);
  return status;
}

static holdfast_status storage_read(void* user_data, const char* name, uint64_t offset, uint64_t length, holdfast_reader_driver* out,
                                    holdfast_error** err) {
  uintptr_t made = 0;
  const holdfast_status status = hfStorageRead((uintptr_t)user_data, (char*)name, offset, length, &made, err);
  if (status != HOLDFAST_OK) return status;
  out->user_data = (void*)made;
  out->release = release;
  out->read = do_read;
  return status;
}

static holdfast_status storage_stat(void* user_data, const char* name, holdfast_object_info* out, holdfast_error** err) {
  return hfStorageStat((uintptr_t)user_data, (char*)name, out, err);
}

static holdfast_status storage_list(void* user_data, const char* prefix, holdfast_object_visitor visit, void* visit_data,
                                    holdfast_error** err) {
  return hfStorageList((uintptr_t)user_data, (char*)prefix, visit, visit_data, err);
}

static holdfast_status storage_remove(void* user_data, const char* name, holdfast_error** err) {
  return hfStorageRemove((uintptr_t)user_data, (char*)name, err);
}

holdfast_status hf_storage_new(holdfast_storage** out, uintptr_t handle, const char* uri, holdfast_error** err) {
  holdfast_storage_driver table;
  memset(&table, 0, sizeof table);
  table.struct_size = sizeof table;
  table.caps = HOLDFAST_STORAGE_ATOMIC_CREATE | HOLDFAST_STORAGE_DURABLE;
  table.user_data = (void*)handle;
  table.release = release;
  table.uri = uri;
  table.write = storage_write;
  table.read = storage_read;
  table.stat = storage_stat;
  table.list = storage_list;
  table.remove = storage_remove;
  return holdfast_storage_new(out, &table, err);
}

static holdfast_status heard(void* user_data, const holdfast_event* event) { return hfEvent((uintptr_t)user_data, (holdfast_event*)event); }

holdfast_status hf_listen(holdfast_options* options, uintptr_t handle, holdfast_error** err) {
  return holdfast_options_set_events(options, heard, (void*)handle, release, err);
}

holdfast_status hf_visit(holdfast_object_visitor visit, void* data, const holdfast_object_info* object) { return visit(data, object); }
