/* All backups verified in one pass: shared data is read once, and its faults are reported for each of them. */
#include "check.h"

static holdfast_verify_list* verified(holdfast_repository* repository, const char* level) {
  holdfast_options* options;
  holdfast_job* job;
  holdfast_verify_list* list;
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_string(options, "verify.level", level, &err));
  OK(holdfast_verify_all_start(&job, repository, options, &err));
  holdfast_options_free(options);
  OK(holdfast_job_run(job, &err));
  OK(holdfast_job_verify_list(&list, job, &err));
  holdfast_job_free(job);
  return list;
}

static holdfast_status take_first(void* user_data, const holdfast_object_info* object) {
  strcpy((char*)user_data, object->name);
  return HOLDFAST_E_CANCELLED;
}

/* Removes the shared data of all backups. */
static void lose_a_pack(holdfast_storage* storage) {
  char name[1025] = "";
  FAILS(holdfast_storage_list(storage, "packs/", take_first, name, &err), HOLDFAST_E_CANCELLED, "");
  OK(holdfast_storage_remove(storage, name, &err));
}

static void no_other_result(holdfast_repository* repository) {
  holdfast_options* options;
  holdfast_job* job;
  holdfast_verify_list* list;
  holdfast_verify_report* report;
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_verify_start(&job, repository, "latest", NULL, &err));
  OK(holdfast_job_run(job, &err));
  FAILS(holdfast_job_verify_list(&list, job, &err), HOLDFAST_E_INVALID_STATE, "another result");
  CHECK(list == NULL);
  holdfast_job_free(job);
  OK(holdfast_options_set_string(options, "verify.level", "restore", &err));
  OK(holdfast_verify_all_start(&job, repository, options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_INVALID_ARGUMENT, "one by one");
  FAILS(holdfast_job_verify_list(&list, job, &err), HOLDFAST_E_INVALID_STATE, "failed");
  holdfast_job_free(job);
  OK(holdfast_verify_all_start(&job, repository, NULL, &err));
  OK(holdfast_job_run(job, &err));
  FAILS(holdfast_job_verify_report(&report, job, &err), HOLDFAST_E_INVALID_STATE, "another result");
  holdfast_job_free(job);
  holdfast_options_free(options);
}

int main(void) {
  static char data[400000];
  holdfast_storage* storage;
  holdfast_repository* repository;
  holdfast_options* options = key_options();
  holdfast_verify_list* list;
  size_t i;
  for (i = 0; i < sizeof data; ++i) data[i] = (char)(i * i / 7);
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  OK(holdfast_repository_create_on(&repository, storage, options, &err));
  holdfast_options_free(options);

  list = verified(repository, "quick");
  CHECK(holdfast_verify_list_count(list) == 1); /* no backup yet */
  holdfast_verify_list_free(list);

  for (i = 0; i < 2; ++i) holdfast_backup_free(push_backup(repository, "entry", data, sizeof data));
  list = verified(repository, "full");
  holdfast_repository_free(repository); /* the list does not need the repository */
  CHECK(holdfast_verify_list_count(list) == 3 && holdfast_verify_list_at(list, 3) == NULL);
  CHECK_TEXT(holdfast_verify_report_backup(holdfast_verify_list_at(list, 0)), "");
  /* An id begins with its second. */
  CHECK(strcmp(holdfast_verify_report_backup(holdfast_verify_list_at(list, 1)),
               holdfast_verify_report_backup(holdfast_verify_list_at(list, 2))) > 0);
  for (i = 0; i < 3; ++i) CHECK(holdfast_verify_report_ok(holdfast_verify_list_at(list, i)));
  CHECK(holdfast_verify_report_level(holdfast_verify_list_at(list, 1)) == HOLDFAST_LEVEL_CHECKSUMMED);
  CHECK(holdfast_verify_report_bytes(holdfast_verify_list_at(list, 1)) < holdfast_verify_report_bytes(holdfast_verify_list_at(list, 2)));
  holdfast_verify_list_free(list);

  options = key_options();
  OK(holdfast_repository_open_on(&repository, storage, options, &err));
  holdfast_options_free(options);
  no_other_result(repository);
  lose_a_pack(storage);
  list = verified(repository, "quick");
  CHECK(holdfast_verify_report_ok(holdfast_verify_list_at(list, 0)));
  for (i = 1; i < 3; ++i) CHECK(!holdfast_verify_report_ok(holdfast_verify_list_at(list, i)));
  holdfast_verify_list_free(list);
  holdfast_repository_free(repository);
  holdfast_storage_free(storage);
  return 0;
}
