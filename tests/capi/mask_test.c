/* A mask is never ignored: a target that can't mask refuses it, and a key alone is no mask. */
#include "check.h"
#include "holdfast_mask.h"

int main(void) {
  static const char rules[] = "version: 1\ntables: {}\n";
  holdfast_repository* repository;
  holdfast_storage* storage;
  holdfast_options* options = key_options();
  holdfast_job* job;
  holdfast_mask_check* check;
  char* text;
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
  FAILS(holdfast_repository_check_mask(&check, repository, "latest", options, &err), HOLDFAST_E_INVALID_ARGUMENT, "set mask.rules");
  OK(holdfast_options_set_string(options, "mask.rules", rules, &err));
  FAILS(holdfast_repository_check_mask(&check, repository, "latest", options, &err), HOLDFAST_E_INVALID_ARGUMENT, "no driver 'host'");
  FAILS(holdfast_repository_suggest_mask(&text, repository, "latest", options, &err), HOLDFAST_E_INVALID_ARGUMENT, "no driver 'host'");
  CHECK(check == NULL && text == NULL);
  OK(holdfast_options_set_string(options, "verify.mask", rules, &err));
  FAILS(holdfast_verify_all_start(&job, repository, options, &err), HOLDFAST_E_INVALID_ARGUMENT, "verify.mask");
  holdfast_options_free(options);
  holdfast_repository_free(repository);
  holdfast_storage_free(storage);
  return 0;
}
