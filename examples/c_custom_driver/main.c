/* A host with its own driver: lists drivers, backs up, proves, loses and restores a file. Takes an empty folder. */
#include <holdfast_report.h>

#include "settings_driver.h"

static const holdfast_option_info declared[] = {
    {.struct_size = sizeof(holdfast_option_info),
     .type = HOLDFAST_TYPE_STRING,
     .name = "prefix",
     .default_value = "",
     .help = "back up only keys that begin with this",
     .choices = "",
     .calls = "backup",
     .unit = ""},
    {.struct_size = sizeof(holdfast_option_info),
     .type = HOLDFAST_TYPE_BOOLEAN,
     .name = "strict",
     .default_value = "no",
     .help = "fail on a line that is not a setting",
     .choices = "",
     .calls = "backup",
     .unit = ""},
};

static int run(holdfast_job* job, holdfast_error** err) {
  const int ended = holdfast_job_run(job, err) == HOLDFAST_OK;
  holdfast_job_free(job);
  return ended;
}

int main(int argc, char** argv) {
  holdfast_driver driver = {sizeof driver, 0, NULL, NULL, "settings", NULL, open_source, open_target, prove, declared, 2};
  char file[1000], uri[1010], place[1000], *drivers = NULL;
  holdfast_options* options = NULL;
  holdfast_repository* repository = NULL;
  holdfast_verify_report* report = NULL;
  holdfast_error* err = NULL;
  holdfast_job* job;
  FILE* out;
  int failed = 1;
  if (argc != 2) return fprintf(stderr, "usage: c_custom_driver EMPTY-FOLDER\n"), 2;
  snprintf(file, sizeof file, "%s/app.conf", argv[1]), snprintf(uri, sizeof uri, "settings:%s", file);
  snprintf(place, sizeof place, "%s/repository", argv[1]);
  if ((out = fopen(file, "w")) == NULL || fputs("app.color=green\napp.size=7\nother=1\n", out) < 0 || fclose(out) != 0) return 1;

  if (holdfast_options_new(&options, &err) || holdfast_options_add_driver(options, &driver, &err)) goto done;
  if (holdfast_drivers_to_json(&drivers, options, &err)) goto done;
  printf("%s\n", drivers);
  if (holdfast_options_set_string(options, "repository.password", "correct horse battery staple", &err)) goto done;
  if (holdfast_options_set_string(options, "verify.level", "restore", &err)) goto done;
  if (holdfast_repository_create(&repository, place, options, &err)) goto done;
  if (holdfast_options_set_string(options, "driver.prefix", "app.", &err)) goto done;
  if (holdfast_options_set_string(options, "driver.strict", "yes", &err)) goto done;
  if (holdfast_backup_start(&job, repository, uri, options, &err) || !run(job, &err)) goto done;
  if (holdfast_options_unset(options, "driver.prefix", &err) || holdfast_options_unset(options, "driver.strict", &err)) goto done;
  if (holdfast_verify_start(&job, repository, "latest", options, &err)) goto done;
  if (holdfast_job_run(job, &err) || holdfast_job_verify_report(&report, job, &err)) goto done;
  holdfast_job_free(job);
  remove(file);
  if (holdfast_restore_start(&job, repository, "latest", uri, options, &err) || !run(job, &err)) goto done;
  printf("PROVED %d settings\n", (int)holdfast_verify_report_count(report, "settings"));
  failed = !holdfast_verify_report_ok(report);

done:
  if (err) fprintf(stderr, "%s\n", holdfast_error_message(err));
  holdfast_error_free(err);
  holdfast_string_free(drivers);
  holdfast_verify_report_free(report);
  holdfast_repository_free(repository);
  holdfast_options_free(options);
  return failed;
}
