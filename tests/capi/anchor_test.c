/* An anchor detects that the newest backup was removed, and is refused where it does not belong. */
#include "check.h"

int main(void) {
  holdfast_storage* storage;
  holdfast_repository *repository, *other = memory_repository();
  holdfast_options* options = key_options();
  holdfast_backup* newest;
  holdfast_verify_report* report;
  char *anchor, name[128];
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  OK(holdfast_repository_create_on(&repository, storage, options, &err));
  holdfast_options_free(options);
  holdfast_backup_free(push_backup(repository, "entry", "1", 1));
  newest = push_backup(repository, "entry", "2", 1);

  OK(holdfast_repository_anchor(&anchor, repository, NULL, &err));
  CHECK(strstr(anchor, "holdfast anchor 1\n") == anchor && strstr(anchor, holdfast_backup_id(newest)) != NULL);
  OK(holdfast_repository_check_anchor(&report, repository, anchor, NULL, &err));
  CHECK(holdfast_verify_report_ok(report) && holdfast_verify_report_objects(report) == 2);
  holdfast_verify_report_free(report);

  FAILS(holdfast_repository_check_anchor(&report, other, anchor, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "another repository");
  CHECK(report == NULL);
  FAILS(holdfast_repository_check_anchor(&report, repository, "junk", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "no anchor");

  strcpy(name, "backups/");
  strcat(name, holdfast_backup_id(newest));
  OK(holdfast_storage_remove(storage, name, &err));
  OK(holdfast_repository_check_anchor(&report, repository, anchor, NULL, &err));
  CHECK(!holdfast_verify_report_ok(report) && holdfast_verify_report_fault_count(report) == 1);
  CHECK_TEXT(holdfast_verify_report_fault_object(report, 0), holdfast_backup_id(newest));
  CHECK(strstr(holdfast_verify_report_fault_text(report, 0), "is gone") != NULL);
  holdfast_verify_report_free(report);

  holdfast_string_free(anchor);
  holdfast_backup_free(newest);
  holdfast_repository_free(repository);
  holdfast_repository_free(other);
  holdfast_storage_free(storage);
  return 0;
}
