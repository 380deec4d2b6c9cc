/* A mask is never ignored: a target that can't mask refuses it, and a key alone is no mask. */
#include "check.h"

int main(void) {
  static const char rules[] = "version: 1\ntables: {}\n";
  holdfast_repository* repository;
  holdfast_storage* storage;
  holdfast_options* options = key_options();
  holdfast_job* job;
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  OK(holdfast_repository_create_on(&repository, storage, options, &err));
  holdfast_options_free(options);
  holdfast_backup_free(push_backup(repository, "entry", "data", 4));

  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_bytes(options, "restore.mask_key", "0123456789abcdef", 16, &err));
  FAILS(holdfast_restore_start(&job, repository, "latest", "dir:///none", options, &err), HOLDFAST_E_INVALID_ARGUMENT,
        "set restore.mask, too");
  OK(holdfast_options_set_string(options, "restore.mask", rules, &err));
  OK(holdfast_restore_start(&job, repository, "latest", "dir:///none", options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_UNSUPPORTED, "can't mask values");
  holdfast_job_free(job);
  holdfast_options_free(options);
  holdfast_repository_free(repository);
  holdfast_storage_free(storage);
  return 0;
}
