/* Status, metrics and history of a repository, with a schedule that only the host knows. */
#include "check.h"
#include "holdfast_observe.h"

static void check_part(char* text, const char* part) {
  if (strstr(text, part) == NULL) fprintf(stderr, "no %s in %s\n", part, text);
  CHECK(strstr(text, part) != NULL);
  holdfast_string_free(text);
}

int main(void) {
  holdfast_repository* repository = memory_repository();
  holdfast_overview* overview;
  char* text = NULL;
  holdfast_backup* backup = push_backup(repository, "entry", "1", 1);
  OK(holdfast_overview_open(&overview, repository, 1, NULL, &err));
  holdfast_repository_free(repository); /* the overview needs it no longer */

  OK(holdfast_overview_history_to_json(&text, overview, &err));
  CHECK(text[0] == '[');
  check_part(text, "\"operation\":\"backup\"");
  OK(holdfast_overview_to_json(&text, overview, &err));
  check_part(text, holdfast_backup_id(backup));
  OK(holdfast_overview_to_metrics(&text, overview, &err));
  check_part(text, "\nholdfast_repository_objects{");
  OK(holdfast_overview_to_page(&text, overview, &err));
  check_part(text, "<!DOCTYPE html>");

  OK(holdfast_overview_set_schedule(overview, "nightly", 1000000, 0, &err));
  OK(holdfast_overview_to_json(&text, overview, &err));
  check_part(text, "\"kind\":\"backup_overdue\",\"severity\":\"critical\",\"series\":\"nightly\"");
  OK(holdfast_overview_to_notices(&text, overview, NULL, &err));
  check_part(text, "\"notices\":[{\"event\":\"overdue\",\"severity\":\"critical\",\"series\":\"nightly\"");
  OK(holdfast_overview_to_notices(&text, overview, "[\"backup_overdue critical - nightly\"]", &err));
  check_part(text, "\"notices\":[],\"told\":[\"backup_overdue critical - nightly\"]");
  FAILS(holdfast_overview_to_notices(&text, overview, "[1]", &err), HOLDFAST_E_INVALID_ARGUMENT, "told");
  FAILS(holdfast_overview_set_schedule(overview, "\xff", 0, 0, &err), HOLDFAST_E_INVALID_ARGUMENT, "series");

  holdfast_overview_free(overview);
  holdfast_overview_free(NULL);
  holdfast_backup_free(backup);
  return 0;
}
