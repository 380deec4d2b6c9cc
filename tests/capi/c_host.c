#include "c_host.h"

#include "check.h"

unsigned char byte_of(size_t entry, size_t at) { return (unsigned char)((at * at / 7 + entry * 31) & 0xff); }

void host_release(void* user_data) { ++((host*)user_data)->released; }

static holdfast_status source_describe(void* user_data, holdfast_source_info* out, holdfast_context* context, holdfast_error** err) {
  host* h = (host*)user_data;
  ++h->describes;
  CHECK(out->struct_size >= sizeof *out && holdfast_context_is_cancelled(context) <= 1);
  if (h->describe_fails != HOLDFAST_OK) return holdfast_error_set(err, h->describe_fails, "the app\nis not there");
  out->uri = "app:c";
  out->name = "c";
  out->size_estimate = ENTRIES * ENTRY_BYTES;
  return HOLDFAST_OK;
}

static holdfast_status source_backup(void* user_data, holdfast_backup_writer* out, size_t source, holdfast_context* context,
                                     holdfast_error** err) {
  host* h = (host*)user_data;
  unsigned char chunk[1013];
  char name[32];
  size_t entry, at, i, n, added;
  ++h->backups;
  holdfast_context_phase(context, "reading the app");
  holdfast_context_warn(context, "a row looked odd", "c");
  holdfast_context_warn(context, "another", NULL);
  holdfast_context_log(context, "detail");
  CHECK(holdfast_context_now(context) > 0);
  FAILS(holdfast_backup_writer_commit(NULL, out, &err), HOLDFAST_E_INVALID_STATE, "lent");
  FAILS(holdfast_backup_writer_add_source(&added, out, "app:d", "d", &err), HOLDFAST_E_INVALID_STATE, "lent");
  OK(holdfast_backup_writer_note(out, source, "rows", "3", &err));
  for (entry = 0; entry < ENTRIES; ++entry) {
    holdfast_writer* writer = NULL;
    holdfast_status status;
    sprintf(name, "table/%u", (unsigned)entry);
    status = holdfast_backup_writer_open(&writer, out, source, name, "stream", NULL, err);
    for (at = 0; status == HOLDFAST_OK && at < ENTRY_BYTES; at += n) {
      n = ENTRY_BYTES - at < sizeof chunk ? ENTRY_BYTES - at : sizeof chunk;
      for (i = 0; i < n; ++i) chunk[i] = byte_of(entry, at + i);
      status = holdfast_writer_write(writer, chunk, n, err);
    }
    if (status == HOLDFAST_OK && h->backup_fails != HOLDFAST_OK && entry == 1) {
      h->kept_writer = out;
      h->kept_entry = writer;
      return h->backup_fails;
    }
    if (status == HOLDFAST_OK) status = holdfast_writer_commit(writer, err);
    holdfast_writer_free(writer);
    if (status != HOLDFAST_OK) return status;
  }
  return HOLDFAST_OK;
}

holdfast_source_driver host_source_driver(host* h) {
  holdfast_source_driver driver;
  memset(&driver, 0, sizeof driver);
  driver.struct_size = sizeof driver;
  driver.user_data = h;
  driver.release = host_release;
  driver.describe = source_describe;
  driver.backup = source_backup;
  return driver;
}

holdfast_source* host_source(host* h) {
  holdfast_source_driver driver = host_source_driver(h);
  holdfast_source* source;
  OK(holdfast_source_new(&source, &driver, &err));
  CHECK(driver.release == NULL);
  return source;
}

static holdfast_status target_preflight(void* user_data, const holdfast_manifest* backup, size_t source, holdfast_context* context,
                                        holdfast_error** err) {
  host* h = (host*)user_data;
  (void)context;
  ++h->preflights;
  CHECK(holdfast_manifest_source(backup, source) != NULL);
  return holdfast_error_set(err, h->preflight_fails, "no room");
}

static holdfast_status target_restore(void* user_data, const holdfast_manifest* backup, size_t source, holdfast_restore_report* out,
                                      holdfast_context* context, holdfast_error** err) {
  host* h = (host*)user_data;
  size_t entry, i, at, n;
  unsigned char buffer[777];
  ++h->restores;
  for (entry = 0; entry < holdfast_manifest_entry_count(backup); ++entry) {
    const holdfast_entry* record = holdfast_manifest_entry(backup, entry);
    holdfast_reader* reader;
    holdfast_status status = holdfast_manifest_read(&reader, backup, record, err);
    if (status != HOLDFAST_OK) return status;
    CHECK(holdfast_entry_source(record) == source);
    at = 0;
    do {
      status = holdfast_reader_read(&n, reader, buffer, sizeof buffer, err);
      if (status != HOLDFAST_OK) break;
      for (i = 0; i < n; ++i) CHECK(buffer[i] == byte_of(entry, at + i));
      at += n;
      holdfast_context_progress(context, n);
    } while (n > 0);
    holdfast_reader_free(reader);
    if (status != HOLDFAST_OK) return status;
    CHECK(at == ENTRY_BYTES);
    h->restored += at;
    ++out->entries;
    if (h->restore_fails != HOLDFAST_OK) return h->restore_fails;
  }
  out->bytes = h->restored;
  out->where = "the test";
  return HOLDFAST_OK;
}

holdfast_target_driver host_target_driver(host* h) {
  holdfast_target_driver driver;
  memset(&driver, 0, sizeof driver);
  driver.struct_size = sizeof driver;
  driver.user_data = h;
  driver.release = host_release;
  driver.preflight = target_preflight;
  driver.restore = target_restore;
  return driver;
}

holdfast_target* host_target(host* h) {
  holdfast_target_driver driver = host_target_driver(h);
  holdfast_target* target;
  OK(holdfast_target_new(&target, &driver, &err));
  return target;
}

holdfast_job* start_backup(holdfast_repository* repository, host* h) {
  holdfast_source* source = host_source(h);
  holdfast_job* job;
  OK(holdfast_backup_start_sources(&job, repository, &source, 1, NULL, &err));
  holdfast_source_free(source);
  return job;
}
