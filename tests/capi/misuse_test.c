/* Bad input gets a status and a message, never a crash: wrong options, wrong sizes, wrong states, handles freed in any
 * order. */
#include "c_storage.h"
#include "check.h"
#include "holdfast_audit.h"

static void wrong_options(void) {
  holdfast_options *options, *made;
  holdfast_repository* repository;
  holdfast_job* job;
  OK(holdfast_options_new(&options, &err));
  FAILS(holdfast_options_set_string(options, "backup.compresion", "zstd", &err), HOLDFAST_E_INVALID_ARGUMENT, "backup.compression");
  FAILS(holdfast_options_set_string(options, "", "x", &err), HOLDFAST_E_INVALID_ARGUMENT, "option");
  FAILS(holdfast_options_set_string(options, "backup.tag.", "x", &err), HOLDFAST_E_INVALID_ARGUMENT, "backup.tag.");
  FAILS(holdfast_options_set_string(options, "limits.jobs", "3", &err), HOLDFAST_E_INVALID_ARGUMENT, "an integer");
  FAILS(holdfast_options_set_int64(options, "limits.jobs", -1, &err), HOLDFAST_E_INVALID_ARGUMENT, "from 0 to 1024");
  FAILS(holdfast_options_set_int64(options, "limits.jobs", 1025, &err), HOLDFAST_E_INVALID_ARGUMENT, "1025");
  FAILS(holdfast_options_set_int64(options, "backup.compression", 1, &err), HOLDFAST_E_INVALID_ARGUMENT, "a string");
  FAILS(holdfast_options_set_bool(options, "limits.jobs", 1, &err), HOLDFAST_E_INVALID_ARGUMENT, "an integer");
  FAILS(holdfast_options_set_bytes(options, "backup.compression", "x", 1, &err), HOLDFAST_E_INVALID_ARGUMENT, "a string");
  FAILS(holdfast_options_add_string(options, "backup.compression", "x", &err), HOLDFAST_E_INVALID_ARGUMENT, "a string");
  FAILS(holdfast_options_unset(options, "nothing", &err), HOLDFAST_E_INVALID_ARGUMENT, "nothing");
  FAILS(holdfast_options_set_string(options, "backup.tag.env", "caf\xe9", &err), HOLDFAST_E_INVALID_ARGUMENT, "UTF-8");
  FAILS(holdfast_options_set_string(options, "backup.tag.env", "\xc0\xaf", &err), HOLDFAST_E_INVALID_ARGUMENT, "UTF-8");
  FAILS(holdfast_options_set_string(options, "backup.tag.env", "\xed\xa0\x80", &err), HOLDFAST_E_INVALID_ARGUMENT, "UTF-8");
  FAILS(holdfast_options_set_string(options, "backup.tag.env", "\xe2\x82", &err), HOLDFAST_E_INVALID_ARGUMENT, "UTF-8");
  FAILS(holdfast_options_set_events(options, NULL, NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "callback");
  FAILS(holdfast_options_from_json(&made, "[]", 2, &err), HOLDFAST_E_INVALID_ARGUMENT, "object");
  FAILS(holdfast_options_from_json(&made, "{", 1, &err), HOLDFAST_E_INVALID_ARGUMENT, "object");
  FAILS(holdfast_options_from_json(&made, "{\"gc.grace\": null}", 18, &err), HOLDFAST_E_INVALID_ARGUMENT, "gc.grace");
  FAILS(holdfast_options_from_json(&made, "{\"gc.grace\": 1.5}", 17, &err), HOLDFAST_E_INVALID_ARGUMENT, "gc.grace");
  FAILS(holdfast_options_from_json(&made, "{\"backup.include\": [1]}", 23, &err), HOLDFAST_E_INVALID_ARGUMENT, "no text");
  FAILS(holdfast_options_from_json(&made, "{\"gc.grace\": []}", 16, &err), HOLDFAST_E_INVALID_ARGUMENT, "an integer");
  FAILS(holdfast_options_from_json(&made, "{\"no.such\": []}", 15, &err), HOLDFAST_E_INVALID_ARGUMENT, "no.such");
  CHECK(made == NULL);

  /* Detected by the call that reads them. */
  FAILS(holdfast_repository_create(&repository, "memory:", options, &err), HOLDFAST_E_INVALID_ARGUMENT, "repository.encryption");
  FAILS(holdfast_options_set_string(options, "repository.encryption", "perhaps", &err), HOLDFAST_E_INVALID_ARGUMENT, "perhaps");
  OK(holdfast_options_set_string(options, "repository.encryption", "none", &err));
  OK(holdfast_options_set_string(options, "repository.password", "hush-hush", &err));
  FAILS(holdfast_repository_create(&repository, "memory:", options, &err), HOLDFAST_E_INVALID_ARGUMENT, "none");
  OK(holdfast_options_unset(options, "repository.encryption", &err));
  OK(holdfast_options_set_bytes(options, "repository.key", "short", 5, &err));
  FAILS(holdfast_repository_create(&repository, "memory:", options, &err), HOLDFAST_E_INVALID_ARGUMENT, "one of");
  OK(holdfast_options_unset(options, "repository.password", &err));
  FAILS(holdfast_repository_create(&repository, "memory:", options, &err), HOLDFAST_E_INVALID_ARGUMENT, "32");
  OK(holdfast_options_set_bytes(options, "repository.key", RAW_KEY, 32, &err));
  OK(holdfast_options_set_string(options, "storage.bogus", "1", &err));
  FAILS(holdfast_repository_create(&repository, "memory:", options, &err), HOLDFAST_E_INVALID_ARGUMENT, "bogus");
  OK(holdfast_options_unset(options, "storage.bogus", &err));
  FAILS(holdfast_repository_create(&repository, "nonsense://x", options, &err), HOLDFAST_E_INVALID_ARGUMENT, "nonsense");
  FAILS(holdfast_repository_open(&repository, "memory:", options, &err), HOLDFAST_E_NOT_FOUND, "");
  CHECK(repository == NULL);
  OK(holdfast_repository_create(&repository, "memory:", options, &err));
  FAILS(holdfast_options_set_string(options, "verify.level", "deep", &err), HOLDFAST_E_INVALID_ARGUMENT, "deep");
  OK(holdfast_backup_start(&job, repository, "nonsense://secret@x", NULL, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_INVALID_ARGUMENT, "nonsense");
  holdfast_job_free(job);
  OK(holdfast_options_set_string(options, "driver.bogus", "1", &err));
  OK(holdfast_backup_start(&job, repository, "exec:true", options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_INVALID_ARGUMENT, "bogus");
  holdfast_job_free(job);
  holdfast_repository_free(repository);
  holdfast_options_free(options);
}

static int releases = 0;
static void count_release(void* user_data) {
  (void)user_data;
  ++releases;
}

static holdfast_status no_read(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
  (void)user_data;
  (void)buffer;
  (void)capacity;
  (void)length_out;
  return holdfast_error_set(err, HOLDFAST_E_IO, NULL);
}

/* A table of a later version: longer than ours. */
typedef struct later_reader_driver {
  holdfast_reader_driver known;
  void* unknown;
} later_reader_driver;

/* A table with only a release function is refused, and released. */
#define INCOMPLETE(type, call, missing)                \
  do {                                                 \
    type table;                                        \
    memset(&table, 0, sizeof table);                   \
    table.struct_size = sizeof table;                  \
    table.release = count_release;                     \
    FAILS(call, HOLDFAST_E_INVALID_ARGUMENT, missing); \
  } while (0)

static void wrong_sizes(void) {
  holdfast_reader* reader;
  holdfast_storage* storage;
  holdfast_source* source;
  holdfast_target* target;
  holdfast_transform* transform;
  holdfast_options* options;
  holdfast_reader_driver driver;
  holdfast_storage_driver storage_driver;
  holdfast_writer* writer;
  later_reader_driver later;
  holdfast_progress progress;
  size_t length;
  char byte;
  memset(&driver, 0, sizeof driver);
  driver.release = count_release;
  driver.read = no_read;
  FAILS(holdfast_reader_new(&reader, &driver, &err), HOLDFAST_E_INVALID_ARGUMENT, "struct_size");
  CHECK(releases == 0 && driver.release == count_release); /* too small to contain a release function */
  driver.struct_size = sizeof driver - 1;
  FAILS(holdfast_reader_new(&reader, &driver, &err), HOLDFAST_E_INVALID_ARGUMENT, "struct_size");
  CHECK(releases == 1 && driver.release == NULL && reader == NULL);
  driver.struct_size = sizeof driver;
  driver.release = count_release;
  driver.read = NULL;
  FAILS(holdfast_reader_new(&reader, &driver, &err), HOLDFAST_E_INVALID_ARGUMENT, "read");
  CHECK(releases == 2);
  driver.release = count_release;
  FAILS(holdfast_reader_new(NULL, &driver, &err), HOLDFAST_E_INVALID_ARGUMENT, "out");
  CHECK(releases == 3);

  memset(&later, 0, sizeof later);
  later.known.struct_size = sizeof later;
  later.known.read = no_read;
  later.known.release = count_release;
  later.unknown = &later;
  FAILS(holdfast_reader_new(&reader, &later.known, &err), HOLDFAST_E_UNSUPPORTED, "does not know");
  CHECK(releases == 4);
  later.unknown = NULL;
  later.known.release = count_release;
  OK(holdfast_reader_new(&reader, &later.known, &err));
  FAILS(holdfast_reader_read(&length, reader, &byte, 1, &err), HOLDFAST_E_IO, "read failed");
  holdfast_reader_free(reader);
  CHECK(releases == 5);

  INCOMPLETE(holdfast_source_driver, holdfast_source_new(&source, &table, &err), "describe");
  INCOMPLETE(holdfast_target_driver, holdfast_target_new(&target, &table, &err), "restore");
  INCOMPLETE(holdfast_transform_driver, holdfast_transform_new(&transform, &table, &err), "name");
  INCOMPLETE(holdfast_writer_driver, holdfast_writer_new(&writer, &table, &err), "write");
  INCOMPLETE(holdfast_storage_driver, holdfast_storage_new(&storage, &table, &err), "uri");
  OK(holdfast_options_new(&options, &err));
  INCOMPLETE(holdfast_key_driver, holdfast_options_set_key_provider(options, &table, &err), "get");
  INCOMPLETE(holdfast_clock_driver, holdfast_options_set_clock(options, &table, &err), "now");
  INCOMPLETE(holdfast_driver, holdfast_options_add_driver(options, &table, &err), "name");
  INCOMPLETE(holdfast_audit_signer, holdfast_options_set_audit_signer(options, &table, &err), "public_key");
  CHECK(releases == 14);
  FAILS(holdfast_options_set_events(NULL, NULL, NULL, count_release, &err), HOLDFAST_E_INVALID_ARGUMENT, "options");
  CHECK(releases == 15);
  holdfast_options_free(options);

  storage_driver = c_storage(&releases);
  storage_driver.caps = 0x80;
  FAILS(holdfast_storage_new(&storage, &storage_driver, &err), HOLDFAST_E_UNSUPPORTED, "caps");
  CHECK(releases == 16);

  {
    holdfast_repository* repository = memory_repository();
    holdfast_job* job;
    holdfast_backup* backup;
    holdfast_verify_report* report;
    OK(holdfast_verify_start(&job, repository, NULL, NULL, &err));
    OK(holdfast_job_run(job, &err));
    progress.struct_size = 8;
    FAILS(holdfast_job_progress(job, &progress, &err), HOLDFAST_E_INVALID_ARGUMENT, "struct_size");
    FAILS(holdfast_job_backup(&backup, job, &err), HOLDFAST_E_INVALID_STATE, "another result");
    OK(holdfast_job_verify_report(&report, job, &err));
    holdfast_verify_report_free(report);
    holdfast_job_free(job);
    holdfast_repository_free(repository);
  }
}

/* A failure clears out parameters. */
static void cleared_outs(void) {
  holdfast_backup_list* list = (holdfast_backup_list*)8;
  holdfast_backup* backup = (holdfast_backup*)8;
  holdfast_writer* writer = (holdfast_writer*)8;
  holdfast_job* job = (holdfast_job*)8;
  holdfast_storage* storage = (holdfast_storage*)8;
  char* id = (char*)8;
  FAILS(holdfast_repository_list(&list, NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "repository");
  FAILS(holdfast_backup_writer_commit(&backup, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "writer");
  FAILS(holdfast_storage_write(&writer, NULL, "o", &err), HOLDFAST_E_INVALID_ARGUMENT, "storage");
  FAILS(holdfast_gc_start(&job, NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "repository");
  FAILS(holdfast_storage_new(&storage, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "driver");
  FAILS(holdfast_key_add(&id, NULL, 0, NULL, 0, &err), HOLDFAST_E_INVALID_ARGUMENT, "repository");
  CHECK(list == NULL && backup == NULL && writer == NULL && job == NULL && storage == NULL && id == NULL);
}

static void wrong_states(void) {
  holdfast_repository* repository = memory_repository();
  holdfast_backup_writer* writer;
  holdfast_writer *first, *second;
  holdfast_backup* backup;
  size_t source;
  OK(holdfast_backup_writer_begin(&writer, repository, NULL, &err));
  FAILS(holdfast_backup_writer_open(&first, writer, 0, "e", "stream", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "0 sources");
  OK(holdfast_backup_writer_add_source(&source, writer, "a", "a", &err));
  OK(holdfast_backup_writer_open(&first, writer, 0, "e", "stream", NULL, &err));
  CHECK(holdfast_backup_writer_open(&second, writer, 0, "e", "stream", NULL, NULL) != HOLDFAST_OK);
  CHECK(second == NULL);
  FAILS(holdfast_writer_write(first, NULL, 1, &err), HOLDFAST_E_INVALID_ARGUMENT, "data");
  CHECK(holdfast_backup_writer_commit(&backup, writer, NULL) != HOLDFAST_OK); /* an entry is open */
  CHECK(backup == NULL);
  OK(holdfast_writer_abort(first, &err));
  FAILS(holdfast_writer_write(first, "x", 1, &err), HOLDFAST_E_INVALID_STATE, "used up");
  FAILS(holdfast_writer_abort(first, &err), HOLDFAST_E_INVALID_STATE, "used up");
  holdfast_writer_free(first);
  OK(holdfast_backup_writer_open(&first, writer, 0, "e2", "stream", NULL, &err));
  OK(holdfast_writer_commit(first, &err));
  FAILS(holdfast_writer_note(first, "k", "v", &err), HOLDFAST_E_INVALID_STATE, "over");
  OK(holdfast_backup_writer_commit(NULL, writer, &err));
  FAILS(holdfast_backup_writer_commit(NULL, writer, &err), HOLDFAST_E_INVALID_STATE, "over");
  FAILS(holdfast_backup_writer_open(&second, writer, 0, "f", "stream", NULL, &err), HOLDFAST_E_INVALID_STATE, "over");
  FAILS(holdfast_backup_writer_note(writer, 0, "k", "v", &err), HOLDFAST_E_INVALID_STATE, "over");
  FAILS(holdfast_backup_writer_set_instant(writer, 0, 1, &err), HOLDFAST_E_INVALID_STATE, "over");
  holdfast_writer_free(first);
  holdfast_backup_writer_free(writer);
  FAILS(holdfast_repository_find(&backup, repository, "backup_1", NULL, &err), HOLDFAST_E_NOT_FOUND, "backup_1");
  FAILS(holdfast_repository_find(&backup, repository, "", NULL, &err), HOLDFAST_E_NOT_FOUND, "");
  FAILS(holdfast_repository_remove(repository, "nope", NULL, &err), HOLDFAST_E_NOT_FOUND, "nope");
  holdfast_repository_free(repository);
}

/* A child keeps the parts of its parent alive that it needs. */
static void any_order(void) {
  int order;
  for (order = 0; order < 6; ++order) {
    holdfast_repository* repository = memory_repository();
    holdfast_manifest* manifest;
    holdfast_reader* reader;
    holdfast_backup_writer* writer;
    holdfast_writer* stream;
    size_t source, length;
    char byte;
    holdfast_backup_free(push_backup(repository, "e", "0123456789", 10));
    OK(holdfast_manifest_open(&manifest, repository, "latest", NULL, &err));
    OK(holdfast_manifest_read(&reader, manifest, holdfast_manifest_entry(manifest, 0), &err));
    OK(holdfast_backup_writer_begin(&writer, repository, NULL, &err));
    OK(holdfast_backup_writer_add_source(&source, writer, "a", "a", &err));
    OK(holdfast_backup_writer_open(&stream, writer, source, "s", "stream", NULL, &err));
    if (order % 2 == 0) holdfast_repository_free(repository);
    if (order % 3 == 0) holdfast_manifest_free(manifest);
    if (order < 3) holdfast_backup_writer_free(writer);
    OK(holdfast_writer_write(stream, "x", 1, &err));
    OK(holdfast_reader_read(&length, reader, &byte, 1, &err));
    CHECK(length == 1 && byte == '0');
    if (order < 4) holdfast_writer_free(stream);
    holdfast_reader_free(reader);
    if (order >= 3) holdfast_backup_writer_free(writer);
    if (order >= 4) holdfast_writer_free(stream);
    if (order % 3 != 0) holdfast_manifest_free(manifest);
    if (order % 2 != 0) holdfast_repository_free(repository);
  }
}

static void foreign_entry(void) {
  holdfast_repository* repository = memory_repository();
  holdfast_manifest *one, *two;
  holdfast_reader* reader;
  holdfast_backup_free(push_backup(repository, "e", "1", 1));
  OK(holdfast_manifest_open(&one, repository, "latest", NULL, &err));
  holdfast_backup_free(push_backup(repository, "e", "2", 1));
  OK(holdfast_manifest_open(&two, repository, "latest", NULL, &err));
  FAILS(holdfast_manifest_read(&reader, one, holdfast_manifest_entry(two, 0), &err), HOLDFAST_E_INVALID_ARGUMENT, "not one of");
  holdfast_manifest_free(one);
  holdfast_manifest_free(two);
  holdfast_repository_free(repository);
}

static holdfast_status stop_at_once(void* user_data, const holdfast_object_info* object) {
  CHECK(object->struct_size >= sizeof *object && object->name != NULL);
  return *(holdfast_status*)user_data;
}

static void visitors(void) {
  holdfast_storage* storage;
  holdfast_status answer = 2000;
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  OK(holdfast_storage_put_new(storage, "a", "1", 1, &err));
  FAILS(holdfast_storage_list(storage, "", stop_at_once, &answer, &err), HOLDFAST_E_CALLBACK, "2000");
  answer = HOLDFAST_E_CANCELLED;
  FAILS(holdfast_storage_list(storage, "", stop_at_once, &answer, &err), HOLDFAST_E_CANCELLED, "cancelled");
  answer = HOLDFAST_OK;
  OK(holdfast_storage_list(storage, "", stop_at_once, &answer, &err));
  CHECK(holdfast_storage_caps(storage) == HOLDFAST_STORAGE_ATOMIC_CREATE);
  CHECK_TEXT(holdfast_storage_uri(storage), "memory:");
  holdfast_storage_free(storage);
}

int main(void) {
  wrong_options();
  wrong_sizes();
  cleared_outs();
  wrong_states();
  any_order();
  foreign_entry();
  visitors();
  return 0;
}
