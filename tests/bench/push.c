/* Pushes the given number of MiB into a new repository through the C interface: push NEW-REPOSITORY MIB. The twin of
 * push.cpp. */
#include <holdfast.h>
#include <stdio.h>
#include <stdlib.h>

#include "push_data.h"

static void check(holdfast_status status, holdfast_error* err) {
  if (status == HOLDFAST_OK) return;
  fprintf(stderr, "%s\n", holdfast_error_message(err));
  exit(1);
}

int main(int argc, char** argv) {
  static unsigned char block[PUSH_BLOCK];
  holdfast_options* options;
  holdfast_repository* repository;
  holdfast_backup_writer* backup;
  holdfast_writer* entry;
  holdfast_error* err = NULL;
  size_t source;
  uint64_t state = 1, at, end;
  if (argc != 3) return 2;
  end = strtoull(argv[2], NULL, 10) << 20;
  check(holdfast_options_new(&options, &err), err);
  check(holdfast_options_set_bytes(options, "repository.key", "0123456789abcdef0123456789abcdef", 32, &err), err);
  check(holdfast_repository_create(&repository, argv[1], options, &err), err);
  check(holdfast_backup_writer_begin(&backup, repository, options, &err), err);
  check(holdfast_backup_writer_add_source(&source, backup, "app:push", "push", &err), err);
  check(holdfast_backup_writer_open(&entry, backup, source, "data", "stream", NULL, &err), err);
  for (at = 0; at < end; at += sizeof block) {
    state = fill_block(block, state);
    check(holdfast_writer_write(entry, block, sizeof block, &err), err);
  }
  check(holdfast_writer_commit(entry, &err), err);
  check(holdfast_backup_writer_commit(NULL, backup, &err), err);
  holdfast_writer_free(entry);
  holdfast_backup_writer_free(backup);
  holdfast_repository_free(repository);
  holdfast_options_free(options);
  return 0;
}
