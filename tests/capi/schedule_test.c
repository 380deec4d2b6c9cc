/* Schedules, conflicts and a scheduler, which a fake clock drives through a year. */
#include "holdfast_schedule.h"

#include <dirent.h>
#include <unistd.h>

#include "check.h"
#include "holdfast_observe.h"

#define SECOND ((int64_t)1000000)
#define HOUR (3600 * SECOND)
#define NEW_YEAR (1767225600 * SECOND) /* 2026-01-01T00:00:00Z */

static holdfast_schedule* schedule(const char* expression, const char* key, const char* value) {
  holdfast_options* options;
  holdfast_schedule* made;
  OK(holdfast_options_new(&options, &err));
  if (key != NULL) OK(holdfast_options_set_string(options, key, value, &err));
  OK(holdfast_schedule_new(&made, expression, options, &err));
  holdfast_options_free(options);
  return made;
}

static void times(void) {
  holdfast_schedule *berlin = schedule("30 2 * * *", "schedule.zone", "Europe/Berlin"), *none;
  int64_t time = 0;
  char* text;
  OK(holdfast_schedule_next(&time, berlin, NEW_YEAR, &err));
  CHECK(time == NEW_YEAR + HOUR + HOUR / 2);
  OK(holdfast_schedule_previous(&time, berlin, NEW_YEAR, &err));
  CHECK(time == NEW_YEAR - 22 * HOUR - HOUR / 2);
  OK(holdfast_schedule_local_time(&text, berlin, NEW_YEAR, &err));
  CHECK_TEXT(text, "2026-01-01 01:00:00 +01:00");
  holdfast_string_free(text);
  FAILS(holdfast_schedule_next(&time, berlin, INT64_MAX, &err), HOLDFAST_E_NOT_FOUND, "not due again");
  FAILS(holdfast_schedule_previous(&time, berlin, 0, &err), HOLDFAST_E_NOT_FOUND, "was not due");
  FAILS(holdfast_schedule_new(&none, "61 * * * *", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "minute '61'");
  CHECK(none == NULL);
  holdfast_schedule_free(berlin);
}

static void conflicts(void) {
  const int64_t seconds[] = {3000, 3600};
  holdfast_schedule *first = schedule("0 2 * * *", NULL, NULL), *second = schedule("30 2 * * *", NULL, NULL);
  holdfast_schedule_plan* plan;
  char* text;
  OK(holdfast_schedule_plan_new(&plan, &err));
  OK(holdfast_schedule_plan_add(plan, "a", first, "db1", seconds, 2, &err));
  OK(holdfast_schedule_plan_add(plan, "b", second, "db1", seconds, 2, &err));
  OK(holdfast_schedule_plan_add(plan, "c", second, "db2", NULL, 0, &err));
  OK(holdfast_schedule_plan_conflicts(&text, plan, NEW_YEAR, NEW_YEAR + 48 * HOUR, &err));
  CHECK(strstr(text, "\"kind\":\"collision\",\"first\":\"a\",\"second\":\"b\"") != NULL);
  CHECK(strstr(text, "\"times\":2,\"longest_seconds\":1800,\"shift_seconds\":1800") != NULL);
  holdfast_string_free(text);
  holdfast_schedule_plan_free(plan);
  holdfast_schedule_free(first);
  holdfast_schedule_free(second);
}

/* The number of entries of a folder. */
static size_t entries(const char* path) {
  size_t count = 0;
  DIR* folder = opendir(path);
  CHECK(folder != NULL);
  while (readdir(folder) != NULL) ++count;
  closedir(folder);
  return count;
}

/* The work of a host's job is one small backup; then status and metrics know of it. */
static void look_at(holdfast_repository* repository) {
  holdfast_overview* overview;
  char* text;
  OK(holdfast_overview_open(&overview, repository, 0, NULL, &err));
  OK(holdfast_overview_set_schedule(overview, "app:notes", NEW_YEAR, NEW_YEAR + HOUR, &err));
  OK(holdfast_overview_to_metrics(&text, overview, &err));
  CHECK(strstr(text, "holdfast_next_run_timestamp_seconds{") != NULL);
  holdfast_string_free(text);
  OK(holdfast_overview_to_json(&text, overview, &err));
  CHECK(strstr(text, "\"series\":[{") != NULL);
  holdfast_string_free(text);
  holdfast_overview_free(overview);
}

static void year(void) {
  holdfast_schedule *monthly = schedule("17 1 1 * *", "schedule.zone", "Europe/Berlin"), *nightly = schedule("30 2 * * *", NULL, NULL);
  holdfast_scheduler* scheduler;
  holdfast_run_list* runs;
  holdfast_scheduled_run run = {sizeof run, 0, NULL, 0, 0};
  int64_t now = NEW_YEAR;
  size_t started = 0, index;
  holdfast_repository* repository = memory_repository();
  const size_t threads = entries("/proc/self/task"), descriptors = entries("/proc/self/fd");
  FILE* caught = tmpfile();
  const int out = dup(STDOUT_FILENO);
  fflush(stdout);
  CHECK(caught != NULL && dup2(fileno(caught), STDOUT_FILENO) == STDOUT_FILENO);
  OK(holdfast_scheduler_new(&scheduler, &err));
  OK(holdfast_scheduler_add(scheduler, "monthly", monthly, now, &err));
  OK(holdfast_scheduler_add(scheduler, "nightly", nightly, now, &err));
  FAILS(holdfast_scheduler_add(scheduler, "nightly", nightly, now, &err), HOLDFAST_E_ALREADY_EXISTS, "'nightly'");
  holdfast_schedule_free(monthly);
  holdfast_schedule_free(nightly);
  while (now < NEW_YEAR + 365 * 24 * HOUR) {
    OK(holdfast_scheduler_step(&runs, scheduler, now, &err));
    for (index = 0; index < holdfast_run_list_count(runs); ++index) {
      OK(holdfast_run_list_at(runs, index, &run, &err));
      CHECK(run.decision == HOLDFAST_RUN_START && run.due == now && run.merged == 0);
      CHECK(holdfast_scheduler_running(scheduler) > 0);
      holdfast_backup_free(push_backup(repository, "entry", "1", 1));
      OK(holdfast_scheduler_finished(scheduler, run.name, &err));
      ++started;
    }
    FAILS(holdfast_run_list_at(runs, index, &run, &err), HOLDFAST_E_NOT_FOUND, "no run");
    holdfast_run_list_free(runs);
    OK(holdfast_scheduler_next_due(&now, scheduler, &err));
  }
  CHECK(started == 365 + 12);
  CHECK(count_backups(repository) == started);
  look_at(repository);
  fflush(stdout);
  CHECK(lseek(STDOUT_FILENO, 0, SEEK_END) == 0);
  dup2(out, STDOUT_FILENO);
  close(out);
  fclose(caught);
  CHECK(entries("/proc/self/task") == threads && entries("/proc/self/fd") == descriptors);
  holdfast_repository_free(repository);
  FAILS(holdfast_scheduler_finished(scheduler, "nightly", &err), HOLDFAST_E_INVALID_STATE, "'nightly'");
  OK(holdfast_scheduler_remove(scheduler, "monthly", &err));
  OK(holdfast_scheduler_remove(scheduler, "nightly", &err));
  FAILS(holdfast_scheduler_remove(scheduler, "nightly", &err), HOLDFAST_E_NOT_FOUND, "'nightly'");
  FAILS(holdfast_scheduler_next_due(&now, scheduler, &err), HOLDFAST_E_NOT_FOUND, "nothing to decide");
  holdfast_scheduler_free(scheduler);
}

int main(void) {
  times();
  conflicts();
  year();
  return 0;
}
