/* The N-th allocation fails, for N = 1, 2, … until a run needs no more: each run succeeds or ends with an error, never
 * with a crash. This file has the parts without records; out_of_memory_storages_test.c has composed storages,
 * out_of_memory_documents_test.c the rest. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#include <stdio.h>
int main(void) {
  puts("SKIP: a sanitizer has the allocator; the release build runs this");
  return 77;
}
#else
#include "c_host.h"
#include "c_storage.h"
#include "c_transform.h"
#include "out_of_memory.h"

enum { SETTING_UP, OPTIONS, STREAMS, WRITING, READING, TABLES, PHASES };
static int armed; /* the phase in which allocations fail */

/* Notes the phase of the life. */
static void enter(int phase) { count(phase == armed); }

typedef struct bytes {
  size_t left;
} bytes;

static holdfast_status give(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
  bytes* b = (bytes*)user_data;
  size_t length = b->left < capacity ? b->left : capacity;
  (void)err;
  memset(buffer, 'b', length);
  b->left -= length;
  *length_out = length;
  return HOLDFAST_OK;
}

static holdfast_status on_event(void* user_data, const holdfast_event* event) {
  (void)user_data;
  (void)event;
  return HOLDFAST_OK;
}

/* Options of every type, a storage and a pipeline as a job with a stream and a host's callback. */
static holdfast_status streams(void) {
  holdfast_options* options = NULL;
  holdfast_storage* storage = NULL;
  holdfast_pipeline* pipeline = NULL;
  holdfast_transform *zstd = NULL, *sealed = NULL;
  holdfast_reader *reader = NULL, *stored = NULL, *decoder = NULL;
  holdfast_cancel_token* token = NULL;
  holdfast_job* job = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  holdfast_reader_driver driver;
  bytes b = {300000};
  static char buffer[1000];
  size_t length;
  memset(&driver, 0, sizeof driver);
  driver.struct_size = sizeof driver;
  driver.user_data = &b;
  driver.read = give;
  enter(OPTIONS);
  TRY(holdfast_options_new(&options, &err));
  TRY(holdfast_options_set_bytes(options, "repository.key", RAW_KEY, 32, &err));
  TRY(holdfast_options_set_int64(options, "limits.jobs", 1, &err));
  TRY(holdfast_options_set_string(options, "backup.tag.a-rather-long-name-of-a-tag", "and a value that is long as well", &err));
  TRY(holdfast_options_add_string(options, "verify.query", "SELECT 1 FROM a_table_with_a_long_name", &err));
  TRY(holdfast_cancel_token_new(&token, &err));
  TRY(holdfast_options_set_cancel(options, token, &err));
  TRY(holdfast_options_set_events(options, on_event, NULL, NULL, &err));
  enter(STREAMS);
  TRY(holdfast_storage_open(&storage, "memory:", NULL, &err));
  TRY(holdfast_pipeline_new(&pipeline, &err));
  TRY(holdfast_transform_compression(&zstd, "zstd:1", &err));
  TRY(holdfast_transform_aes256gcm(&sealed, RAW_KEY, 32, NULL, &err));
  TRY(holdfast_pipeline_add(pipeline, zstd, &err));
  TRY(holdfast_pipeline_add(pipeline, sealed, &err));
  TRY(holdfast_reader_new(&reader, &driver, &err));
  TRY(holdfast_pipeline_start(&job, pipeline, reader, storage, "an/object/with/a/long/name", options, &err));
  TRY(holdfast_job_run(job, &err));
  TRY(holdfast_storage_read(&stored, storage, "an/object/with/a/long/name", 0, UINT64_MAX, &err));
  TRY(holdfast_pipeline_decode(&decoder, pipeline, stored, &err));
  do {
    TRY(holdfast_reader_read(&length, decoder, buffer, sizeof buffer, &err));
  } while (length > 0);
over:
  holdfast_error_free(err);
  holdfast_job_free(job);
  holdfast_reader_free(decoder);
  holdfast_reader_free(stored);
  holdfast_reader_free(reader);
  holdfast_transform_free(zstd);
  holdfast_transform_free(sealed);
  holdfast_pipeline_free(pipeline);
  holdfast_storage_free(storage);
  holdfast_cancel_token_free(token);
  holdfast_options_free(options);
  enter(SETTING_UP);
  return status;
}

/* The bytes of a backup in both directions. out_of_memory_documents_test.c has the code for records. */
static holdfast_status backup(void) {
  holdfast_repository* repository = memory_repository();
  holdfast_backup_writer* writer = NULL;
  holdfast_writer* stream = NULL;
  holdfast_manifest* manifest = NULL;
  holdfast_reader* reader = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  static char data[100000];
  size_t source, length;
  TRY(holdfast_backup_writer_begin(&writer, repository, NULL, &err));
  TRY(holdfast_backup_writer_add_source(&source, writer, "app:notes", "notes", &err));
  enter(WRITING);
  TRY(holdfast_backup_writer_open(&stream, writer, source, "entry", "stream", NULL, &err));
  TRY(holdfast_writer_note(stream, "a-long-name-of-an-attribute", "and a value that is long as well", &err));
  TRY(holdfast_writer_write(stream, data, sizeof data, &err));
  TRY(holdfast_writer_commit(stream, &err));
  enter(SETTING_UP);
  TRY(holdfast_backup_writer_commit(NULL, writer, &err));
  TRY(holdfast_manifest_open(&manifest, repository, "latest", NULL, &err));
  enter(READING);
  TRY(holdfast_manifest_read(&reader, manifest, holdfast_manifest_entry(manifest, 0), &err));
  do {
    TRY(holdfast_reader_read(&length, reader, data, sizeof data, &err));
  } while (length > 0);
over:
  holdfast_error_free(err);
  holdfast_reader_free(reader);
  holdfast_manifest_free(manifest);
  holdfast_writer_free(stream);
  holdfast_backup_writer_free(writer);
  enter(SETTING_UP);
  holdfast_repository_free(repository);
  return status;
}

/* --- The tables of a host --- */

static holdfast_status open_source(void* user_data, const char* uri, const holdfast_notes* options, holdfast_source_driver* out,
                                   holdfast_error** err) {
  (void)uri;
  (void)options;
  (void)err;
  *out = host_source_driver((host*)user_data);
  out->release = NULL;
  return HOLDFAST_OK;
}

static holdfast_status open_target(void* user_data, const char* uri, const holdfast_notes* options, holdfast_target_driver* out,
                                   holdfast_error** err) {
  (void)uri;
  (void)options;
  (void)err;
  *out = host_target_driver((host*)user_data);
  out->release = NULL;
  return HOLDFAST_OK;
}

static holdfast_status give_key(void* user_data, const char* uri, void* buffer, size_t capacity, size_t* length_out, int32_t* kind_out,
                                holdfast_error** err) {
  (void)user_data;
  (void)uri;
  (void)capacity;
  (void)err;
  memcpy(buffer, RAW_KEY, 32);
  *length_out = 32;
  *kind_out = HOLDFAST_KEY_RAW;
  return HOLDFAST_OK;
}

static int64_t give_time(void* user_data) {
  (void)user_data;
  return 1234567890000000;
}

static holdfast_driver app_driver(host* h) {
  holdfast_driver driver;
  memset(&driver, 0, sizeof driver);
  driver.struct_size = sizeof driver;
  driver.user_data = h;
  driver.release = host_release;
  driver.name = "a-driver-with-a-rather-long-name";
  driver.scheme = "app";
  driver.open_source = open_source;
  driver.open_target = open_target;
  return driver;
}

/* An accepted table is released once, whether the call that accepted it failed or not. */
static holdfast_status tables(void) {
  host h;
  int open_streams = 0, stores = 0;
  holdfast_driver driver;
  holdfast_key_driver keys;
  holdfast_clock_driver clock;
  holdfast_source_driver source_driver;
  holdfast_target_driver target_driver;
  holdfast_transform_driver transform_driver = c_transform(&open_streams);
  holdfast_storage_driver storage_driver = c_storage(&stores);
  holdfast_options* options = key_options();
  holdfast_source *source = NULL, *opened = NULL;
  holdfast_target *target = NULL, *opened_target = NULL;
  holdfast_transform* transform = NULL;
  holdfast_storage* storage = NULL;
  holdfast_finding_list* findings = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  memset(&h, 0, sizeof h);
  memset(&keys, 0, sizeof keys);
  memset(&clock, 0, sizeof clock);
  keys.struct_size = sizeof keys;
  clock.struct_size = sizeof clock;
  keys.user_data = clock.user_data = &h;
  keys.release = clock.release = host_release;
  keys.get = give_key;
  clock.now = give_time;
  driver = app_driver(&h);
  source_driver = host_source_driver(&h);
  target_driver = host_target_driver(&h);
  transform_driver.user_data = &h; /* released, never opened */
  transform_driver.release = host_release;
  enter(TABLES);
  TRY(holdfast_options_add_driver(options, &driver, &err));
  TRY(holdfast_options_set_key_provider(options, &keys, &err));
  TRY(holdfast_options_set_clock(options, &clock, &err));
  TRY(holdfast_source_new(&source, &source_driver, &err));
  TRY(holdfast_target_new(&target, &target_driver, &err));
  TRY(holdfast_transform_new(&transform, &transform_driver, &err));
  TRY(holdfast_storage_new(&storage, &storage_driver, &err));
  TRY(holdfast_source_open(&opened, "app:a-long-name-of-what-is-backed-up", options, &err));
  TRY(holdfast_target_open(&opened_target, "app:a-long-name-of-what-is-restored", options, &err));
  TRY(holdfast_driver_diagnose(&findings, NULL, "app:notes", options, &err));
over:
  holdfast_error_free(err);
  holdfast_finding_list_free(findings);
  holdfast_source_free(opened);
  holdfast_target_free(opened_target);
  holdfast_source_free(source);
  holdfast_target_free(target);
  holdfast_transform_free(transform);
  holdfast_storage_free(storage);
  holdfast_options_free(options);
  enter(SETTING_UP);
  CHECK(h.released == (driver.release == NULL) + (keys.release == NULL) + (clock.release == NULL) + (source_driver.release == NULL) +
                          (target_driver.release == NULL) + (transform_driver.release == NULL));
  CHECK(stores == (storage_driver.release == NULL));
  if (storage_driver.release != NULL) storage_driver.release(storage_driver.user_data);
  return status;
}

int main(void) {
  static const struct {
    const char* name;
    life live;
  } phases[PHASES] = {{NULL, NULL},        {"options", streams}, {"streams", streams},
                      {"writing", backup}, {"reading", backup},  {"tables", tables}};
  for (armed = OPTIONS; armed < PHASES; ++armed) fail_everywhere(phases[armed].name, phases[armed].live);
  return 0;
}
#endif
