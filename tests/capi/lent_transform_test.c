/* A host's own transform inside the backups of a repository: lent, named by backups, recorded, needed to read. */
#include <stdlib.h>

#include "c_transform.h"
#include "check.h"

static int open_streams = 0, releases = 0;

static void count_release(void* user_data) {
  (void)user_data;
  ++releases;
}

static holdfast_options* lending(uint32_t version) {
  holdfast_options* options = key_options();
  holdfast_transform_driver driver = c_transform(&open_streams);
  holdfast_transform* mine;
  driver.version = version;
  driver.release = count_release;
  OK(holdfast_transform_new(&mine, &driver, &err));
  OK(holdfast_options_add_transform(options, mine, &err));
  holdfast_transform_free(mine);
  return options;
}

static void back_up(holdfast_repository* repository, const char* transform) {
  holdfast_options* options;
  holdfast_backup_writer* writer;
  holdfast_writer* entry;
  size_t source;
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_add_string(options, "backup.transform", transform, &err));
  OK(holdfast_backup_writer_begin(&writer, repository, options, &err));
  OK(holdfast_backup_writer_add_source(&source, writer, "app:notes", "notes", &err));
  OK(holdfast_backup_writer_open(&entry, writer, source, "note", "stream", NULL, &err));
  OK(holdfast_writer_write(entry, "remember", 8, &err));
  OK(holdfast_writer_commit(entry, &err));
  OK(holdfast_backup_writer_commit(NULL, writer, &err));
  holdfast_writer_free(entry);
  holdfast_backup_writer_free(writer);
  holdfast_options_free(options);
}

/* Opens the only entry of the newest backup. */
static holdfast_status open_entry(holdfast_reader** out, holdfast_storage* storage, holdfast_options* options, holdfast_error** err) {
  holdfast_repository* repository;
  holdfast_manifest* manifest;
  holdfast_status status;
  OK(holdfast_repository_open_on(&repository, storage, options, &err));
  OK(holdfast_manifest_open(&manifest, repository, "latest", NULL, &err));
  CHECK_TEXT(holdfast_entry_transform(holdfast_manifest_entry(manifest, 0), 0), "c-xor@3");
  CHECK(holdfast_entry_plain_bytes(holdfast_manifest_entry(manifest, 0)) == 8);
  status = holdfast_manifest_read(out, manifest, holdfast_manifest_entry(manifest, 0), err);
  holdfast_manifest_free(manifest);
  holdfast_repository_free(repository);
  holdfast_options_free(options);
  return status;
}

int main(void) {
  holdfast_storage* storage;
  holdfast_repository* repository;
  holdfast_options *options, *other;
  holdfast_backup_writer* writer;
  holdfast_reader* reader;
  char text[16];
  size_t length, more;

  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  options = lending(3);
  OK(holdfast_repository_create_on(&repository, storage, options, &err));
  back_up(repository, "c-xor@3");

  OK(holdfast_options_new(&other, &err));
  OK(holdfast_options_add_string(other, "backup.transform", "c-xor@1", &err));
  FAILS(holdfast_backup_writer_begin(&writer, repository, other, &err), HOLDFAST_E_INVALID_ARGUMENT, "c-xor@1");
  holdfast_options_free(other);
  holdfast_repository_free(repository);

  OK(open_entry(&reader, storage, options, &err));
  OK(holdfast_reader_read(&length, reader, text, sizeof text, &err));
  OK(holdfast_reader_read(&more, reader, text + length, sizeof text - length, &err));
  CHECK(length == 8 && more == 0 && memcmp(text, "remember", 8) == 0);
  holdfast_reader_free(reader);
  CHECK(open_streams == 0 && releases == 1);

  FAILS(open_entry(&reader, storage, key_options(), &err), HOLDFAST_E_UNSUPPORTED, "c-xor@3");
  FAILS(open_entry(&reader, storage, lending(0), &err), HOLDFAST_E_UNSUPPORTED, "c-xor@3");

  FAILS(holdfast_options_add_transform(NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "NULL");
  options = lending(1);
  holdfast_options_free(options);
  CHECK(open_streams == 0 && releases == 3);
  holdfast_storage_free(storage);
  return 0;
}
