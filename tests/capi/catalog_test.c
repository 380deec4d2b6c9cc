/* What the library has, and structs that a host and the library know in different lengths. */
#include "check.h"
#include "holdfast_options.h"
#include "holdfast_report.h"

static void one_table_lists_everything(void) {
  static const char* const parts[] = {"\"drivers\":[", "\"storages\":[",       "\"transforms\":[",   "\"proof_levels\":[",
                                      "\"options\":[", "\"content-equal\"",    "\"scheme\":\"s3\"",  "\"aes256-gcm-hkdf-1mb\"",
                                      "\"gc.grace\"",  "\"unit\":\"seconds\"", "\"unit\":\"bytes\"", "\"secret\":true",
                                      "\"formats\":[{"};
  size_t at;
  char* text;
  OK(holdfast_catalog_to_json(&text, NULL, &err));
  CHECK(strchr(text, '\n') == NULL);
  for (at = 0; at < sizeof parts / sizeof parts[0]; ++at) {
    if (strstr(text, parts[at]) == NULL) fprintf(stderr, "no %s\n", parts[at]);
    CHECK(strstr(text, parts[at]) != NULL);
  }
  holdfast_string_free(text);
  FAILS(holdfast_catalog_to_json(NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "out");
  CHECK_TEXT(holdfast_driver_name(0), "postgresql");
  CHECK_TEXT(holdfast_driver_scheme(0, 0), "postgresql");
  CHECK(holdfast_driver_scheme(0, 99) == NULL && holdfast_driver_scheme(99, 0) == NULL);
  CHECK_TEXT(holdfast_option_find("gc.grace")->unit, "seconds");
  CHECK_TEXT(holdfast_option_find("limits.jobs")->unit, "");
}

/* A word that is no choice is refused when it is set, a known name in another area names its own, and an
 * unknown one the areas. */
static void wrong_words_are_found_when_they_are_set(void) {
  holdfast_options* options;
  size_t at;
  OK(holdfast_options_new(&options, &err));
  FAILS(holdfast_options_set_string(options, "verify.level", "fulll", &err), HOLDFAST_E_INVALID_ARGUMENT, "quick|full|restore");
  FAILS(holdfast_options_set_string(options, "verify.level", "quick|full", &err), HOLDFAST_E_INVALID_ARGUMENT, "one of");
  FAILS(holdfast_options_set_string(options, "verify.level", "", &err), HOLDFAST_E_INVALID_ARGUMENT, "one of");
  OK(holdfast_options_set_string(options, "verify.level", "full", &err));
  FAILS(holdfast_options_set_string(options, "verfy.level", "full", &err), HOLDFAST_E_INVALID_ARGUMENT, "it is verify.level");
  FAILS(holdfast_options_set_string(options, "verfy.depth", "full", &err), HOLDFAST_E_INVALID_ARGUMENT, "tier., verify.");
  FAILS(holdfast_options_set_string(options, "verify.levl", "full", &err), HOLDFAST_E_INVALID_ARGUMENT, "verify.level");
  for (at = 0; at < holdfast_option_count(); ++at) {
    const holdfast_option_info* info = holdfast_option_at(at);
    CHECK((info->type == HOLDFAST_TYPE_CHOICE) == (info->choices[0] != '\0'));
    if (info->type == HOLDFAST_TYPE_CHOICE) OK(holdfast_options_set_string(options, info->name, info->default_value, &err));
  }
  holdfast_options_free(options);
}

/* A host of a later version has a longer struct: the part that this library does not know is zero, not garbage. A host
 * of an earlier one has a shorter struct: nothing is written behind it. */
static void structs_grow_both_ways(void) {
  struct {
    holdfast_garbage_report known;
    uint64_t later[4];
  } report;
  struct {
    holdfast_progress known;
    uint64_t later;
  } progress;
  holdfast_repository* repository = memory_repository();
  holdfast_job* job;
  OK(holdfast_gc_start(&job, repository, NULL, &err));
  OK(holdfast_job_run(job, &err));
  memset(&report, 0xaa, sizeof report);
  report.known.struct_size = sizeof report;
  OK(holdfast_job_garbage_report(job, &report.known, &err));
  CHECK(report.known.struct_size == sizeof report && report.known.copied_chunks == 0 && report.later[0] == 0 && report.later[3] == 0);
  memset(&report, 0xaa, sizeof report);
  report.known.struct_size = offsetof(holdfast_garbage_report, copied_chunks);
  OK(holdfast_job_garbage_report(job, &report.known, &err));
  CHECK(report.known.waiting == 0 && report.known.copied_chunks == UINT64_C(0xaaaaaaaaaaaaaaaa));
  report.known.struct_size = offsetof(holdfast_garbage_report, waiting);
  FAILS(holdfast_job_garbage_report(job, &report.known, &err), HOLDFAST_E_INVALID_ARGUMENT, "struct_size");
  memset(&progress, 0xaa, sizeof progress);
  progress.known.struct_size = sizeof progress;
  OK(holdfast_job_progress(job, &progress.known, &err));
  CHECK(progress.later == 0);
  holdfast_job_free(job);
  holdfast_repository_free(repository);
}

static void reports_are_json(void) {
  holdfast_repository* repository = memory_repository();
  holdfast_key_list* keys;
  holdfast_finding_list* findings;
  char* text;
  OK(holdfast_repository_to_json(&text, repository, &err));
  CHECK(strstr(text, "\"encrypted\":true") != NULL);
  holdfast_string_free(text);
  OK(holdfast_key_list_new(&keys, repository, &err));
  OK(holdfast_key_list_to_json(&text, keys, &err));
  CHECK(text[0] == '[' && strstr(text, "\"kind\":\"raw key\"") != NULL);
  holdfast_string_free(text);
  holdfast_key_list_free(keys);
  OK(holdfast_driver_diagnose(&findings, "exec", NULL, NULL, &err));
  OK(holdfast_finding_list_to_json(&text, findings, &err));
  CHECK(strstr(text, "\"state\":\"ok\"") != NULL);
  holdfast_string_free(text);
  holdfast_finding_list_free(findings);
  holdfast_repository_free(repository);
}

int main(void) {
  one_table_lists_everything();
  wrong_words_are_found_when_they_are_set();
  structs_grow_both_ways();
  reports_are_json();
  return 0;
}
