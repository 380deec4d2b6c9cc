/* Errors of a host's functions come back unchanged, and leave nothing behind. */
#include "c_host.h"
#include "check.h"

/* A host's own status comes back as a detail, the library's own codes unchanged. */
static void check_host_status(holdfast_job* job, int wanted) {
  holdfast_error* error = NULL;
  char number[16];
  sprintf(number, "%d", wanted);
  CHECK(holdfast_job_run(job, &error) == HOLDFAST_E_CALLBACK);
  CHECK(holdfast_error_detail_count(error) == 1 && holdfast_error_detail_key(error, 1) == NULL);
  CHECK_TEXT(holdfast_error_detail_key(error, 0), "callback_status");
  CHECK_TEXT(holdfast_error_detail_value(error, 0), number);
  CHECK_TEXT(holdfast_error_domain(error), "job");
  CHECK(!holdfast_error_is_retryable(error));
  holdfast_error_free(error);
  holdfast_job_free(job);
}

static void failing_callbacks(void) {
  host h;
  holdfast_repository* repository = memory_repository();
  holdfast_job* job;
  holdfast_target* target;
  memset(&h, 0, sizeof h);
  h.describe_fails = HOLDFAST_E_UNAUTHENTICATED;
  job = start_backup(repository, &h);
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_UNAUTHENTICATED, "the app is not there");
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_UNAUTHENTICATED, "the app is not there"); /* the same call again */
  holdfast_job_free(job);
  h.describe_fails = HOLDFAST_STATUS_HOST + 5;
  check_host_status(start_backup(repository, &h), HOLDFAST_STATUS_HOST + 5);
  h.describe_fails = HOLDFAST_OK;
  h.backup_fails = HOLDFAST_STATUS_HOST;
  check_host_status(start_backup(repository, &h), HOLDFAST_STATUS_HOST);
  /* An entry that the source kept is closed. Its writer was borrowed. */
  FAILS(holdfast_writer_write(h.kept_entry, "x", 1, &err), HOLDFAST_E_INVALID_STATE, "used up");
  FAILS(holdfast_writer_commit(h.kept_entry, &err), HOLDFAST_E_INVALID_STATE, "used up");
  holdfast_writer_free(h.kept_entry);
  h.backup_fails = -3;
  check_host_status(start_backup(repository, &h), -3);
  holdfast_writer_free(h.kept_entry);
  h.backup_fails = HOLDFAST_E_OUT_OF_MEMORY;
  job = start_backup(repository, &h);
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_OUT_OF_MEMORY, "memory");
  holdfast_job_free(job);
  holdfast_writer_free(h.kept_entry);
  CHECK(count_backups(repository) == 0);
  CHECK(h.released == 5);

  h.backup_fails = HOLDFAST_OK;
  job = start_backup(repository, &h);
  OK(holdfast_job_run(job, &err));
  holdfast_job_free(job);
  h.preflight_fails = HOLDFAST_E_NO_SPACE;
  target = host_target(&h);
  OK(holdfast_restore_start_target(&job, repository, "latest", 0, target, NULL, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_NO_SPACE, "no room");
  holdfast_job_free(job);
  holdfast_target_free(target);
  h.preflight_fails = HOLDFAST_OK;
  h.restore_fails = HOLDFAST_STATUS_HOST + 1;
  target = host_target(&h);
  OK(holdfast_restore_start_target(&job, repository, "latest", 0, target, NULL, &err));
  check_host_status(job, HOLDFAST_STATUS_HOST + 1);
  holdfast_target_free(target);
  target = host_target(&h);
  OK(holdfast_restore_start_target(&job, repository, "latest", 7, target, NULL, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_NOT_FOUND, "sources");
  holdfast_job_free(job);
  holdfast_target_free(target);
  holdfast_repository_free(repository);
}

int main(void) {
  failing_callbacks();
  return 0;
}
