/* A source, a target, a storage, a transform, keys and a clock written in C work like built-in ones. */
#include <time.h>

#include "c_host.h"
#include "c_storage.h"
#include "c_transform.h"
#include "check.h"

static void source_and_target(void) {
  host h, t;
  holdfast_repository* repository = memory_repository();
  holdfast_job* job;
  holdfast_target* target;
  holdfast_source* used;
  holdfast_restore_report report;
  holdfast_progress progress;
  memset(&h, 0, sizeof h);
  memset(&t, 0, sizeof t);
  job = start_backup(repository, &h);
  OK(holdfast_job_run(job, &err));
  memset(&progress, 0, sizeof progress);
  progress.struct_size = sizeof progress;
  OK(holdfast_job_progress(job, &progress, &err));
  CHECK(progress.status == HOLDFAST_OK && progress.bytes_done == ENTRIES * ENTRY_BYTES && progress.entries_done == ENTRIES);
  CHECK(progress.warnings == 2 && progress.bytes_total == ENTRIES * ENTRY_BYTES && progress.bytes_stored > 0);
  holdfast_job_free(job);
  CHECK(h.describes == 1 && h.backups == 1 && h.released == 1);

  used = host_source(&h);
  OK(holdfast_backup_start_sources(&job, repository, &used, 1, NULL, &err));
  holdfast_job_free(job); /* cancels */
  FAILS(holdfast_backup_start_sources(&job, repository, &used, 1, NULL, &err), HOLDFAST_E_INVALID_STATE, "used up");
  holdfast_source_free(used);

  target = host_target(&t);
  OK(holdfast_restore_start_target(&job, repository, "latest", 0, target, NULL, &err));
  OK(holdfast_job_run(job, &err));
  memset(&report, 0, sizeof report);
  report.struct_size = sizeof report;
  OK(holdfast_job_restore_report(job, &report, &err));
  CHECK(report.entries == ENTRIES && report.bytes == ENTRIES * ENTRY_BYTES);
  CHECK_TEXT(report.where, "the test");
  holdfast_job_free(job);
  FAILS(holdfast_restore_start_target(&job, repository, "latest", 0, target, NULL, &err), HOLDFAST_E_INVALID_STATE, "used up");
  holdfast_target_free(target);
  CHECK(t.released == 1 && t.preflights == 1 && t.restores == 1 && t.restored == ENTRIES * ENTRY_BYTES);
  holdfast_repository_free(repository);
}

static void opens_by_recovery_key(holdfast_repository* repository, holdfast_storage* place) {
  holdfast_options* options;
  holdfast_repository* again;
  char* text;
  OK(holdfast_recovery_key_new(&text, &err));
  CHECK(strlen(text) > 64);
  OK(holdfast_key_add(NULL, repository, HOLDFAST_KEY_RECOVERY, text, strlen(text), &err));
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_string(options, "repository.recovery_key", text, &err));
  OK(holdfast_repository_open_on(&again, place, options, &err));
  CHECK(count_backups(again) == 1);
  holdfast_repository_free(again);
  text[0] = text[0] == '0' ? '1' : '0'; /* a typing error */
  OK(holdfast_options_set_string(options, "repository.recovery_key", text, &err));
  FAILS(holdfast_repository_open_on(&again, place, options, &err), HOLDFAST_E_INVALID_ARGUMENT, "");
  holdfast_options_free(options);
  holdfast_string_free(text);
}

static void storage(void) {
  int released = 0;
  holdfast_storage_driver driver = c_storage(&released);
  void* store = driver.user_data;
  holdfast_storage* place;
  holdfast_options* options = key_options();
  holdfast_repository* repository;
  holdfast_backup* backup;
  holdfast_backup_list* list;
  OK(holdfast_storage_new(&place, &driver, &err));
  OK(holdfast_repository_create_on(&repository, place, options, &err));
  backup = push_backup(repository, "e", "in a storage written in C", 25);
  holdfast_backup_free(backup);
  holdfast_repository_free(repository);
  OK(holdfast_repository_open_on(&repository, place, options, &err));
  holdfast_options_free(options);
  CHECK_TEXT(holdfast_repository_uri(repository), "c-memory:");
  opens_by_recovery_key(repository, place);
  holdfast_storage_free(place);
  CHECK(released == 0 && count_backups(repository) == 1);
  c_storage_fail(store, HOLDFAST_E_NETWORK);
  FAILS(holdfast_repository_list(&list, repository, NULL, &err), HOLDFAST_E_NETWORK, "the line is dead");
  CHECK(list == NULL);
  c_storage_fail(store, 4711);
  FAILS(holdfast_repository_list(&list, repository, NULL, &err), HOLDFAST_E_CALLBACK, "4711");
  c_storage_fail(store, HOLDFAST_OK);
  CHECK(count_backups(repository) == 1);
  holdfast_repository_free(repository);
  CHECK(released == 1);
}

static int transform_releases = 0;

static void transform_release(void* user_data) {
  (void)user_data;
  ++transform_releases;
}

static void transform(void) {
  int open_streams = 0;
  holdfast_transform_driver driver = c_transform(&open_streams);
  holdfast_transform *mine, *zstd, *sealed;
  holdfast_pipeline* pipeline;
  holdfast_storage* place;
  holdfast_writer *plain, *encoder;
  holdfast_reader *stored, *decoder;
  holdfast_job* job;
  holdfast_object_info info;
  unsigned char data[5000];
  char* back;
  size_t i, length;
  driver.release = transform_release;
  for (i = 0; i < sizeof data; ++i) data[i] = byte_of(4, i);
  OK(holdfast_transform_new(&mine, &driver, &err));
  OK(holdfast_transform_compression(&zstd, "zstd:3", &err));
  OK(holdfast_transform_aes256gcm(&sealed, RAW_KEY, 32, "place", &err));
  OK(holdfast_pipeline_new(&pipeline, &err));
  OK(holdfast_pipeline_add(pipeline, zstd, &err));
  OK(holdfast_pipeline_add(pipeline, mine, &err));
  OK(holdfast_pipeline_add(pipeline, sealed, &err));
  holdfast_transform_free(mine);
  holdfast_transform_free(zstd);
  holdfast_transform_free(sealed);
  OK(holdfast_storage_open(&place, "memory:", NULL, &err));
  OK(holdfast_storage_write(&plain, place, "o", &err));
  OK(holdfast_pipeline_encode(&encoder, pipeline, plain, &err));
  FAILS(holdfast_writer_write(plain, "x", 1, &err), HOLDFAST_E_INVALID_STATE, "used up");
  holdfast_writer_free(plain);
  OK(holdfast_writer_write(encoder, data, sizeof data, &err));
  FAILS(holdfast_writer_note(encoder, "a", "b", &err), HOLDFAST_E_UNSUPPORTED, "attributes");
  OK(holdfast_writer_commit(encoder, &err));
  FAILS(holdfast_writer_write(encoder, "x", 1, &err), HOLDFAST_E_INVALID_STATE, "over");
  holdfast_writer_free(encoder);
  OK(holdfast_storage_read(&stored, place, "o", 0, UINT64_MAX, &err));
  OK(holdfast_pipeline_decode(&decoder, pipeline, stored, &err));
  holdfast_reader_free(stored);
  back = read_all(decoder, &length);
  CHECK(length == sizeof data && memcmp(back, data, length) == 0);
  free(back);
  holdfast_reader_free(decoder);

  /* The same as a job, from one object into another; then its result is truncated. */
  OK(holdfast_storage_read(&stored, place, "o", 0, UINT64_MAX, &err));
  OK(holdfast_pipeline_start(&job, pipeline, stored, place, "o2", NULL, &err));
  holdfast_reader_free(stored);
  OK(holdfast_job_run(job, &err));
  holdfast_job_free(job);
  memset(&info, 0, sizeof info);
  info.struct_size = sizeof info;
  OK(holdfast_storage_stat(place, "o2", &info, &err));
  CHECK(info.size > 1000 && info.name == NULL);
  OK(holdfast_storage_remove(place, "o2", &err));
  FAILS(holdfast_storage_stat(place, "o2", &info, &err), HOLDFAST_E_NOT_FOUND, "o2");
  holdfast_pipeline_free(pipeline);
  CHECK(transform_releases == 1 && open_streams == 0);

  driver.release = transform_release;
  OK(holdfast_transform_new(&mine, &driver, &err));
  OK(holdfast_pipeline_new(&pipeline, &err));
  OK(holdfast_pipeline_add(pipeline, mine, &err));
  holdfast_transform_free(mine);
  OK(holdfast_storage_put_new(place, "cut", "123456789", 9, &err));
  FAILS(holdfast_storage_put_new(place, "cut", "123456789", 9, &err), HOLDFAST_E_ALREADY_EXISTS, "cut");
  OK(holdfast_storage_read(&stored, place, "cut", 0, UINT64_MAX, &err));
  OK(holdfast_pipeline_decode(&decoder, pipeline, stored, &err));
  holdfast_pipeline_free(pipeline);
  holdfast_reader_free(stored);
  OK(holdfast_reader_read(&length, decoder, data, sizeof data, &err));
  FAILS(holdfast_reader_read(&length, decoder, data, sizeof data, &err), HOLDFAST_E_CORRUPT, "the hash differs");
  FAILS(holdfast_reader_read(&length, decoder, data, sizeof data, &err), HOLDFAST_E_INVALID_STATE, "");
  holdfast_reader_free(decoder);
  holdfast_storage_free(place);
  CHECK(transform_releases == 2 && open_streams == 0);
}

/* --- Keys and time --- */

static holdfast_status give_key(void* user_data, const char* uri, void* buffer, size_t capacity, size_t* length_out, int32_t* kind_out,
                                holdfast_error** err) {
  host* h = (host*)user_data;
  ++h->describes;
  CHECK_TEXT(uri, "memory:");
  CHECK(capacity >= 32);
  if (h->describe_fails != HOLDFAST_OK) return holdfast_error_set(err, h->describe_fails, "the vault is closed");
  memcpy(buffer, RAW_KEY, 32);
  *length_out = 32;
  *kind_out = HOLDFAST_KEY_RAW;
  return HOLDFAST_OK;
}

static int64_t give_time(void* user_data) {
  (void)user_data;
  return 1234567890000000;
}

static void keys_and_time(void) {
  host h;
  holdfast_key_driver keys;
  holdfast_clock_driver clock;
  holdfast_options* options;
  holdfast_repository* repository;
  holdfast_backup_writer* writer;
  holdfast_backup* backup;
  size_t source;
  memset(&h, 0, sizeof h);
  memset(&keys, 0, sizeof keys);
  keys.struct_size = sizeof keys;
  keys.user_data = &h;
  keys.release = host_release;
  keys.get = give_key;
  memset(&clock, 0, sizeof clock);
  clock.struct_size = sizeof clock;
  clock.user_data = &h;
  clock.release = host_release;
  clock.now = give_time;
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_key_provider(options, &keys, &err));
  OK(holdfast_options_set_clock(options, &clock, &err));
  OK(holdfast_repository_create(&repository, "memory:", options, &err));
  CHECK(h.describes == 1 && holdfast_repository_is_encrypted(repository));
  OK(holdfast_backup_writer_begin(&writer, repository, options, &err));
  OK(holdfast_backup_writer_add_source(&source, writer, "a", "a", &err));
  OK(holdfast_backup_writer_commit(&backup, writer, &err));
  CHECK(holdfast_backup_time(backup) == 1234567890000000);
  CHECK(holdfast_source_record_instant(holdfast_backup_source(backup, 0)) == 1234567890000000);
  holdfast_backup_free(backup);
  holdfast_backup_writer_free(writer);
  holdfast_repository_free(repository);
  h.describe_fails = HOLDFAST_E_PERMISSION_DENIED;
  FAILS(holdfast_repository_create(&repository, "memory:", options, &err), HOLDFAST_E_PERMISSION_DENIED, "the vault is closed");
  CHECK(repository == NULL);
  holdfast_options_free(options);
  CHECK(h.released == 2);
}

/* --- Streams of the host's own --- */

typedef struct pipe_end {
  unsigned char data[64];
  size_t length;
  int committed, released;
  holdfast_status fails;
} pipe_end;

static holdfast_status pipe_read(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
  pipe_end* p = (pipe_end*)user_data;
  (void)err;
  if (p->length == 0) return p->fails;
  *length_out = 1;
  *(unsigned char*)buffer = p->data[--p->length];
  return capacity > 0 ? HOLDFAST_OK : 1;
}

static holdfast_status pipe_lie(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
  (void)user_data;
  (void)buffer;
  (void)err;
  *length_out = capacity + 1;
  return HOLDFAST_OK;
}

static holdfast_status pipe_write(void* user_data, const void* data, size_t length, holdfast_error** err) {
  pipe_end* p = (pipe_end*)user_data;
  if (length > sizeof p->data - p->length) return holdfast_error_set(err, HOLDFAST_E_NO_SPACE, "full");
  memcpy(p->data + p->length, data, length);
  p->length += length;
  return HOLDFAST_OK;
}

static holdfast_status pipe_commit(void* user_data, holdfast_error** err) {
  (void)err;
  ++((pipe_end*)user_data)->committed;
  return HOLDFAST_OK;
}

static void pipe_release(void* user_data) { ++((pipe_end*)user_data)->released; }

static void own_streams(void) {
  pipe_end p;
  holdfast_reader_driver reader_driver;
  holdfast_writer_driver writer_driver;
  holdfast_reader* reader;
  holdfast_writer* writer;
  size_t length;
  unsigned char byte[2];
  memset(&p, 0, sizeof p);
  memset(&writer_driver, 0, sizeof writer_driver);
  writer_driver.struct_size = sizeof writer_driver;
  writer_driver.user_data = &p;
  writer_driver.release = pipe_release;
  writer_driver.write = pipe_write;
  writer_driver.commit = pipe_commit;
  OK(holdfast_writer_new(&writer, &writer_driver, &err));
  OK(holdfast_writer_write(writer, "abc", 3, &err));
  OK(holdfast_writer_commit(writer, &err));
  FAILS(holdfast_writer_commit(writer, &err), HOLDFAST_E_INVALID_STATE, "over");
  holdfast_writer_free(writer);
  CHECK(p.committed == 1 && p.released == 1 && p.length == 3);

  memset(&reader_driver, 0, sizeof reader_driver);
  reader_driver.struct_size = sizeof reader_driver;
  reader_driver.user_data = &p;
  reader_driver.release = pipe_release;
  reader_driver.read = pipe_read;
  OK(holdfast_reader_new(&reader, &reader_driver, &err));
  OK(holdfast_reader_read(&length, reader, byte, 2, &err));
  CHECK(length == 1 && byte[0] == 'c');
  holdfast_reader_free(reader);
  CHECK(p.released == 2);

  reader_driver.read = pipe_lie;
  reader_driver.release = pipe_release;
  OK(holdfast_reader_new(&reader, &reader_driver, &err));
  FAILS(holdfast_reader_read(&length, reader, byte, 2, &err), HOLDFAST_E_INTERNAL, "3 bytes");
  CHECK(length == 0);
  holdfast_reader_free(reader);

  writer_driver.release = pipe_release;
  OK(holdfast_writer_new(&writer, &writer_driver, &err));
  FAILS(holdfast_writer_write(writer, RAW_KEY RAW_KEY, 64, &err), HOLDFAST_E_NO_SPACE, "full");
  FAILS(holdfast_writer_write(writer, "x", 1, &err), HOLDFAST_E_INVALID_STATE, "over");
  holdfast_writer_free(writer);
  CHECK(p.committed == 1 && p.released == 4);
}

int main(void) {
  source_and_target();
  storage();
  transform();
  keys_and_time();
  own_streams();
  return 0;
}
