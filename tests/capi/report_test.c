/* Results and records as JSON, and counts by their names. */
#include "check.h"
#include "holdfast_report.h"

static char begun[2048], ended[2048];

static holdfast_status on_event(void* user_data, const holdfast_event* event) {
  char* into = event->kind == HOLDFAST_EVENT_BEGUN ? begun : event->kind == HOLDFAST_EVENT_ENDED ? ended : NULL;
  (void)user_data;
  CHECK(event->struct_size == sizeof *event && event->operation != NULL);
  CHECK((into != NULL) == (event->record != NULL));
  if (into == NULL) return HOLDFAST_OK;
  CHECK(strlen(event->record) < sizeof begun && strstr(event->record, event->operation) != NULL);
  strcpy(into, event->record);
  return HOLDFAST_OK;
}

static void check_json(char* text, const char* part) {
  CHECK(text != NULL && strchr(text, '\n') == NULL);
  if (strstr(text, part) == NULL) fprintf(stderr, "no %s in %s\n", part, text);
  CHECK(strstr(text, part) != NULL);
  holdfast_string_free(text);
}

/* Runs a replication, cancelled at once if `cancel`, and checks its result. */
static void replicate(holdfast_repository* from, holdfast_repository* to, const holdfast_options* options, int cancel, const char* part) {
  holdfast_job* job;
  char* text = NULL;
  OK(holdfast_replicate_start(&job, from, to, options, &err));
  if (cancel) OK(holdfast_job_cancel(job, &err));
  OK(holdfast_job_wait(job, -1, &err));
  OK(holdfast_job_result_to_json(&text, job, &err));
  check_json(text, part);
  holdfast_job_free(job);
}

static void check_replication(holdfast_repository* repository) {
  holdfast_options* options;
  holdfast_repository* to = memory_repository();
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_string(options, "replicate.verify", "full", &err));
  replicate(repository, to, options, 0, "{\"copied\":[{\"backup\":\"");
  replicate(repository, to, options, 0, "{\"copied\":[],\"failed\":[],\"present\":1}");
  OK(holdfast_options_set_int64(options, "replicate.every", 1, &err));
  replicate(repository, to, options, 1, "\"failed\":[]");
  holdfast_options_free(options);
  holdfast_repository_free(to);
}

int main(void) {
  holdfast_repository* repository = memory_repository();
  holdfast_options* options;
  holdfast_backup* backup;
  holdfast_backup_list* list;
  holdfast_manifest* manifest;
  holdfast_diff* diff;
  holdfast_job* job;
  holdfast_verify_report* report;
  holdfast_verify_list* reports;
  holdfast_retention_plan* plan;
  char* text = NULL;
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_events(options, on_event, NULL, NULL, &err));
  OK(holdfast_options_set_int64(options, "expire.keep_last", 1, &err));

  OK(holdfast_backup_start(&job, repository, "exec:printf text", options, &err));
  FAILS(holdfast_job_result_to_json(&text, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "job");
  OK(holdfast_job_run(job, &err));
  CHECK(strstr(begun, "\"outcome\":\"running\"") != NULL && strstr(ended, "\"outcome\":\"succeeded\"") != NULL);
  CHECK(strstr(ended, "\"operation\":\"backup\"") != NULL && strstr(ended, "\"plain_bytes\":4") != NULL);
  OK(holdfast_job_backup(&backup, job, &err));
  OK(holdfast_job_result_to_json(&text, job, &err));
  check_json(text, holdfast_backup_id(backup));
  OK(holdfast_backup_to_json(&text, backup, &err));
  check_json(text, "\"size_bytes\":4");
  holdfast_job_free(job);

  OK(holdfast_repository_list(&list, repository, NULL, &err));
  OK(holdfast_backup_list_to_json(&text, list, &err));
  CHECK(text[0] == '[');
  check_json(text, holdfast_backup_id(backup));
  holdfast_backup_list_free(list);
  OK(holdfast_manifest_open(&manifest, repository, "latest", NULL, &err));
  OK(holdfast_manifest_to_json(&text, manifest, &err));
  check_json(text, "\"entries\":[{");
  holdfast_manifest_free(manifest);
  OK(holdfast_repository_diff(&diff, repository, "latest", "latest", NULL, &err));
  OK(holdfast_diff_to_json(&text, diff, &err));
  check_json(text, "\"unchanged\":1");
  holdfast_diff_free(diff);
  OK(holdfast_retention_plan_new(&plan, repository, options, &err));
  OK(holdfast_retention_plan_to_json(&text, plan, &err));
  check_json(text, "\"action\":\"keep\"");
  holdfast_retention_plan_free(plan);
  check_replication(repository);

  OK(holdfast_verify_start(&job, repository, "latest", options, &err));
  OK(holdfast_job_run(job, &err));
  OK(holdfast_job_verify_report(&report, job, &err));
  OK(holdfast_verify_report_to_json(&text, report, &err));
  check_json(text, "\"ok\":true");
  CHECK(holdfast_verify_report_count(report, "tables") == 0 && holdfast_verify_report_count_name(report, 0) == NULL);
  holdfast_verify_report_free(report);
  holdfast_job_free(job);
  OK(holdfast_verify_all_start(&job, repository, options, &err));
  OK(holdfast_job_run(job, &err));
  OK(holdfast_job_verify_list(&reports, job, &err));
  OK(holdfast_verify_list_to_json(&text, reports, &err));
  CHECK(text[0] == '[');
  check_json(text, "\"backup\":null");
  holdfast_verify_list_free(reports);
  holdfast_job_free(job);

  OK(holdfast_backup_start(&job, repository, "exec:exit 3", options, &err));
  CHECK(holdfast_job_run(job, NULL) != HOLDFAST_OK);
  CHECK(strstr(ended, "\"outcome\":\"failed\"") != NULL);
  FAILS(holdfast_job_result_to_json(&text, job, &err), HOLDFAST_E_INVALID_STATE, "");
  CHECK(text == NULL);
  holdfast_job_free(job);

  holdfast_backup_free(backup);
  holdfast_options_free(options);
  holdfast_repository_free(repository);
  return 0;
}
