/* Schedules: when something is due, and which runs start when. docs/schedules.md describes expressions and policies.
 * Times are microseconds since 1970 UTC. */
#ifndef HOLDFAST_SCHEDULE_H
#define HOLDFAST_SCHEDULE_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Schedules ---------------------------------------------------------------------------------------------------- */

/* The points in time at which something is due. Immutable; all calls are safe from any thread. */
typedef struct holdfast_schedule holdfast_schedule;

/* Reads "30 2 * * mon-fri", "@daily" or "every 6h". Uses the options "schedule." of `options` (may be NULL). */
HOLDFAST_API holdfast_status holdfast_schedule_new(holdfast_schedule** out, const char* expression, const holdfast_options* options,
                                                   holdfast_error** err);
HOLDFAST_API void holdfast_schedule_free(holdfast_schedule* schedule);

/* The first due time after `after`. HOLDFAST_E_NOT_FOUND if that is beyond the year 2399. */
HOLDFAST_API holdfast_status holdfast_schedule_next(int64_t* out, const holdfast_schedule* schedule, int64_t after, holdfast_error** err);
/* The last due time that is not after `at`. HOLDFAST_E_NOT_FOUND if that is before 1970. */
HOLDFAST_API holdfast_status holdfast_schedule_previous(int64_t* out, const holdfast_schedule* schedule, int64_t at, holdfast_error** err);
/* The time on the clock of the schedule's zone: "2026-03-29 03:00:00 +02:00". Free `*out` with
 * holdfast_string_free(). */
HOLDFAST_API holdfast_status holdfast_schedule_local_time(char** out, const holdfast_schedule* schedule, int64_t time,
                                                          holdfast_error** err);

/* --- Conflicts ---------------------------------------------------------------------------------------------------- */

/* Jobs whose runs may load one server at the same time. For one thread at a time. */
typedef struct holdfast_schedule_plan holdfast_schedule_plan;

HOLDFAST_API holdfast_status holdfast_schedule_plan_new(holdfast_schedule_plan** out, holdfast_error** err);
HOLDFAST_API void holdfast_schedule_plan_free(holdfast_schedule_plan* plan);
/* Adds a job that loads `server`. `seconds` are the durations of earlier runs; NULL and 0: none are known. */
HOLDFAST_API holdfast_status holdfast_schedule_plan_add(holdfast_schedule_plan* plan, const char* name, const holdfast_schedule* schedule,
                                                        const char* server, const int64_t* seconds, size_t count, holdfast_error** err);
/* Looks at all runs from `from` to `until`. Makes an array of objects on one line: kind ("collision",
 * "longer_than_interval"), first, second, at, times, longest_seconds, shift_seconds and text. Free `*out` with
 * holdfast_string_free(). */
HOLDFAST_API holdfast_status holdfast_schedule_plan_conflicts(char** out, const holdfast_schedule_plan* plan, int64_t from, int64_t until,
                                                              holdfast_error** err);

/* --- Scheduler ---------------------------------------------------------------------------------------------------- */

/* Decides which runs of many schedules start when. Has no thread and no clock. All calls are safe from any thread. */
typedef struct holdfast_scheduler holdfast_scheduler;
/* The decisions of one step. Immutable. */
typedef struct holdfast_run_list holdfast_run_list;

#define HOLDFAST_RUN_START 1   /* start it now, and call holdfast_scheduler_finished() when it has ended */
#define HOLDFAST_RUN_QUEUED 2  /* an earlier run is not finished; it starts after that, with a decision of its own */
#define HOLDFAST_RUN_OVERLAP 3 /* left out: an earlier run is not finished, and none more may wait */
#define HOLDFAST_RUN_MISSED 4  /* left out: it is too late, and the schedule does not catch up */

/* The caller sets struct_size. The text is borrowed from the list. */
typedef struct holdfast_scheduled_run {
  uint32_t struct_size;
  int32_t decision;
  const char* name; /* of the schedule */
  int64_t due;
  uint64_t merged; /* runs that were due before this one and are part of this decision; it counts up to 1000 */
} holdfast_scheduled_run;

HOLDFAST_API holdfast_status holdfast_scheduler_new(holdfast_scheduler** out, holdfast_error** err);
HOLDFAST_API void holdfast_scheduler_free(holdfast_scheduler* scheduler);
/* `since`: the due time of the last run that was started, by this process or an earlier one, or the present. Runs after
 * it are due. Copies the schedule. HOLDFAST_E_ALREADY_EXISTS for a known name. */
HOLDFAST_API holdfast_status holdfast_scheduler_add(holdfast_scheduler* scheduler, const char* name, const holdfast_schedule* schedule,
                                                    int64_t since, holdfast_error** err);
/* HOLDFAST_E_NOT_FOUND for an unknown name. */
HOLDFAST_API holdfast_status holdfast_scheduler_remove(holdfast_scheduler* scheduler, const char* name, holdfast_error** err);
/* Decides about all runs that are due at `now`, those first that have been due longest. Call it at the times of
 * holdfast_scheduler_next_due() and, to notice a clock that goes back, every minute. */
HOLDFAST_API holdfast_status holdfast_scheduler_step(holdfast_run_list** out, holdfast_scheduler* scheduler, int64_t now,
                                                     holdfast_error** err);
/* Tells that a started run has ended. HOLDFAST_E_NOT_FOUND for an unknown name, HOLDFAST_E_INVALID_STATE if none is
 * running. */
HOLDFAST_API holdfast_status holdfast_scheduler_finished(holdfast_scheduler* scheduler, const char* name, holdfast_error** err);
/* When the next step will decide something. HOLDFAST_E_NOT_FOUND if that is never, or after a run has finished. */
HOLDFAST_API holdfast_status holdfast_scheduler_next_due(int64_t* out, const holdfast_scheduler* scheduler, holdfast_error** err);
/* The number of started runs that have not finished. */
HOLDFAST_API size_t holdfast_scheduler_running(const holdfast_scheduler* scheduler);

HOLDFAST_API size_t holdfast_run_list_count(const holdfast_run_list* list);
/* HOLDFAST_E_NOT_FOUND past the end. */
HOLDFAST_API holdfast_status holdfast_run_list_at(const holdfast_run_list* list, size_t index, holdfast_scheduled_run* out,
                                                  holdfast_error** err);
HOLDFAST_API void holdfast_run_list_free(holdfast_run_list* list);

#ifdef __cplusplus
}
#endif

#endif
