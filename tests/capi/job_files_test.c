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
  hooks();
  strcat(command, folder);
  CHECK(system(command) == 0);
  return 0;
}
