/* Job files through the C interface: their faults, the preflight, a dry run, a run, and hooks on their own. */
#include <stdlib.h>

#include "check.h"
#include "holdfast_jobs.h"

static const char kFile[] =
    "version: 1\nrepositories:\n  main:\n    uri: %s/main\n    password: env:SECRET\n"
    "jobs:\n  shop:\n    repository: main\n    sources:\n      - uri: 'exec:echo goods'\n    verification:\n      - level: full\n";

static void expect(char* text, const char* part) {
  if (strstr(text, part) == NULL) fprintf(stderr, "no %s in %s\n", part, text);
  CHECK(strstr(text, part) != NULL);
  holdfast_string_free(text);
}

static void make_repository(const char* folder) {
  char uri[128];
  holdfast_options* options;
  holdfast_repository* repository;
  snprintf(uri, sizeof uri, "%s/main", folder);
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_string(options, "repository.password", "swordfish", &err));
  OK(holdfast_repository_create(&repository, uri, options, &err));
  holdfast_repository_free(repository);
  holdfast_options_free(options);
}

static void run(const char* folder) {
  char file[512], state[128];
  char* text;
  holdfast_options* options;
  snprintf(file, sizeof file, kFile, folder);
  snprintf(state, sizeof state, "%s/state", folder);
  OK(holdfast_jobs_check(&text, file, &err));
  expect(text, "[]");
  OK(holdfast_jobs_check(&text, "version: 2", &err));
  expect(text, "\"line\":1,");
  FAILS(holdfast_jobs_run(&text, file, "shop", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "state");
  CHECK(text == NULL);
  FAILS(holdfast_jobs_run(&text, "version: 2", "shop", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "1:");

  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_string(options, "job.state", state, &err));
  FAILS(holdfast_jobs_run(&text, file, "none", options, &err), HOLDFAST_E_NOT_FOUND, "it has shop");
  OK(holdfast_jobs_preflight(&text, file, "shop", options, &err));
  expect(text, "env:SECRET: the variable is not set");
  OK(holdfast_options_set_string(options, "job.variable.SECRET", "swordfish", &err));
  OK(holdfast_options_set_bool(options, "job.dry_run", 1, &err));
  OK(holdfast_jobs_run(&text, file, "shop", options, &err));
  expect(text, "\"dry_run\":true,\"state\":\"planned\"");
  OK(holdfast_options_set_bool(options, "job.dry_run", 0, &err));
  OK(holdfast_jobs_run(&text, file, "shop", options, &err));
  expect(text, "\"dry_run\":false,\"state\":\"succeeded\"");
  holdfast_options_free(options);
}

/* What a host needs to run the jobs of a file by a scheduler of its own. */
static void schedule(const char* folder) {
  char file[1024], state[128];
  char* text;
  int64_t at, next;
  holdfast_schedule* made;
  holdfast_schedule_plan* plan;
  holdfast_notifier* notifier;
  holdfast_options* options;
  snprintf(file, sizeof file, kFile, folder);
  strcat(file,
         "    schedule:\n      at: \"0 3 * * *\"\n      zone: Europe/Berlin\n    notifications:\n      - channel: ops\n"
         "channels:\n  ops:\n    kind: command\n    options:\n      command: \"true\"\n");
  snprintf(state, sizeof state, "%s/other", folder);
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_string(options, "job.state", state, &err));
  OK(holdfast_options_set_string(options, "job.variable.SECRET", "swordfish", &err));
  FAILS(holdfast_jobs_last_start(&at, file, "shop", options, &err), HOLDFAST_E_NOT_FOUND, "never ran");
  OK(holdfast_jobs_tell_alerts(&text, file, "shop", options, &err));
  expect(text, "[]");
  OK(holdfast_jobs_run(&text, file, "shop", options, &err));
  holdfast_string_free(text);
  OK(holdfast_jobs_last_start(&at, file, "shop", options, &err));
  OK(holdfast_jobs_schedule(&made, file, "shop", &err));
  OK(holdfast_schedule_next(&next, made, at, &err));
  CHECK(next > at);
  holdfast_schedule_free(made);
  FAILS(holdfast_jobs_schedule(&made, file, "none", &err), HOLDFAST_E_NOT_FOUND, "none");
  CHECK(made == NULL);
  OK(holdfast_jobs_plan(&plan, file, options, &err));
  OK(holdfast_schedule_plan_conflicts(&text, plan, at, at + INT64_C(86400000000) * 3, &err));
  expect(text, "[]");
  holdfast_schedule_plan_free(plan);
  OK(holdfast_jobs_notifier(&notifier, file, options, &err));
  OK(holdfast_notifier_status(&text, notifier, options, &err));
  expect(text, "\"channel\":\"ops\"");
  holdfast_notifier_free(notifier);
  holdfast_options_free(options);
}

static void hooks(void) {
  const char* operation = "{\"operation\":\"backup\",\"outcome\":\"running\",\"error\":null,\"counts\":{}}";
  char* text;
  OK(holdfast_hooks_run(&text, "[{\"name\":\"open\",\"command\":\"sh -c 'exit 3'\"}]", "before", operation, NULL, &err));
  expect(text, "\"vetoed\":true,\"status\":3");
  OK(holdfast_hooks_run(&text, "[{\"name\":\"ok\",\"command\":\"true\",\"veto\":false}]", "before", operation, NULL, &err));
  expect(text, "\"state\":\"succeeded\",\"vetoed\":false");
  FAILS(holdfast_hooks_run(&text, "{", "before", operation, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "hooks");
  FAILS(holdfast_hooks_run(&text, "[]", "during", operation, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "moment");
  FAILS(holdfast_hooks_run(&text, "[]", "after", "{\"operation\":\"backup\"}", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "operation");
}

int main(void) {
  char folder[] = "/tmp/holdfast-jobs-XXXXXX", command[64] = "rm -rf ";
  CHECK(mkdtemp(folder) != NULL);
  make_repository(folder);
  run(folder);
  schedule(folder);
  hooks();
  strcat(command, folder);
  CHECK(system(command) == 0);
  return 0;
}
