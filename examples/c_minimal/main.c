/* Backs up a PostgreSQL database into an encrypted repository, lists the backups, proves the new one on a scratch
 * server and expires old ones. */
#include <holdfast.h>
#include <stdio.h>

static holdfast_status finish(holdfast_job* job, holdfast_error** err) {
  holdfast_progress now = {sizeof now, 0, 0, 0, 0, 0, 0};
  holdfast_status status;
  while ((status = holdfast_job_step(job, 100 /* ms */, err)) == HOLDFAST_RUNNING) {
    if (holdfast_job_progress(job, &now, NULL) == HOLDFAST_OK) printf("%llu bytes\r", (unsigned long long)now.bytes_done);
  }
  return status;
}

int main(int argc, char** argv) {
  holdfast_options* options = NULL;
  holdfast_repository* repository = NULL;
  holdfast_job *backup = NULL, *proof = NULL, *expire = NULL;
  holdfast_backup_list* list = NULL;
  holdfast_verify_report* report = NULL;
  holdfast_error* err = NULL;
  size_t i;
  int failed = 1;
  if (argc != 4) return fprintf(stderr, "usage: c_minimal NEW-REPOSITORY PASSWORD postgresql://…\n"), 2;

  if (holdfast_options_new(&options, &err)) goto done;
  if (holdfast_options_set_string(options, "repository.password", argv[2], &err)) goto done;
  if (holdfast_options_set_string(options, "verify.level", "restore", &err)) goto done;
  if (holdfast_options_set_int64(options, "expire.keep_daily", 7, &err)) goto done;
  if (holdfast_repository_create(&repository, argv[1], options, &err)) goto done;

  if (holdfast_backup_start(&backup, repository, argv[3], options, &err) || finish(backup, &err)) goto done;
  if (holdfast_repository_list(&list, repository, options, &err)) goto done;
  for (i = 0; i < holdfast_backup_list_count(list); ++i) printf("%s\n", holdfast_backup_id(holdfast_backup_list_at(list, i)));

  if (holdfast_verify_start(&proof, repository, "latest", options, &err) || finish(proof, &err)) goto done;
  if (holdfast_job_verify_report(&report, proof, &err)) goto done;
  if (holdfast_verify_report_level(report) == HOLDFAST_LEVEL_CONTENT_EQUAL)
    printf("PROVED %llu tables, %llu rows\n", (unsigned long long)holdfast_verify_report_tables(report),
           (unsigned long long)holdfast_verify_report_rows(report));
  if (holdfast_expire_start(&expire, repository, options, &err) || finish(expire, &err)) goto done;
  failed = !holdfast_verify_report_ok(report);

done:
  if (err) fprintf(stderr, "%s\n", holdfast_error_message(err));
  holdfast_error_free(err);
  holdfast_verify_report_free(report);
  holdfast_backup_list_free(list);
  holdfast_job_free(backup);
  holdfast_job_free(proof);
  holdfast_job_free(expire);
  holdfast_repository_free(repository);
  holdfast_options_free(options);
  return failed;
}
