/* Jobs: runs of job files, the check before a run, and hooks, with the rules of holdfast.h. docs/jobs.md describes the
 * texts. All calls block; other threads may make others meanwhile. Free what they make with holdfast_string_free(). */
#ifndef HOLDFAST_JOBS_H
#define HOLDFAST_JOBS_H

#include "holdfast.h"
#include "holdfast_notify.h"
#include "holdfast_schedule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Jobs --------------------------------------------------------------------------------------------------------- */

/* Names all faults of a job file: an array of {"line", "column", "what"} on one line. Opens nothing. */
HOLDFAST_API holdfast_status holdfast_jobs_check(char** out, const char* file, holdfast_error** err);

/* Runs a job of a file, whose text is `file`. A step that fails is no error but part of the report, an object on one
 * line; so is a cancel. Uses the options "job.", the cancel token, the clock, "limits.", "process." and
 * "host.". `options` may be NULL, if the file names a state folder and needs no variable. */
HOLDFAST_API holdfast_status holdfast_jobs_run(char** out, const char* file, const char* job, const holdfast_options* options,
                                               holdfast_error** err);

/* Looks whether a job could run now, and changes nothing: an array of {"of", "what", "state" ("ok", "warning",
 * "missing"), "detail", "advice"} on one line. Options as above. */
HOLDFAST_API holdfast_status holdfast_jobs_preflight(char** out, const char* file, const char* job, const holdfast_options* options,
                                                     holdfast_error** err);

/* Judges a job between its runs, and tells its notifications what changed about the alerts of its series and its
 * repository, each change once: so a job that never runs is told as overdue. Call it every few minutes, also while the
 * job runs. Makes an array of the notices that were told. A receiver that does not take one is a warning. Options as
 * above. */
HOLDFAST_API holdfast_status holdfast_jobs_tell_alerts(char** out, const char* file, const char* job, const holdfast_options* options,
                                                       holdfast_error** err);

/* When the last run of a job in the state folder began, in microseconds since 1970, for holdfast_scheduler_add().
 * HOLDFAST_E_NOT_FOUND if it never ran, or the file has no such job. Writes nothing. */
HOLDFAST_API holdfast_status holdfast_jobs_last_start(int64_t* out, const char* file, const char* job, const holdfast_options* options,
                                                      holdfast_error** err);
/* Makes the schedule of a job. HOLDFAST_E_NOT_FOUND if it has none. */
HOLDFAST_API holdfast_status holdfast_jobs_schedule(holdfast_schedule** out, const char* file, const char* job, holdfast_error** err);
/* Makes a plan of all jobs that have a schedule, with the durations of their runs from the histories of their
 * repositories. A repository that can't be read is a warning: then none are known. Options as above. */
HOLDFAST_API holdfast_status holdfast_jobs_plan(holdfast_schedule_plan** out, const char* file, const holdfast_options* options,
                                                holdfast_error** err);
/* Makes a notifier with all channels of the file and the outbox of the state folder. Options as above. */
HOLDFAST_API holdfast_status holdfast_jobs_notifier(holdfast_notifier** out, const char* file, const holdfast_options* options,
                                                    holdfast_error** err);

/* Runs the hooks of a moment, "before" or "after", that the operation calls for. `hooks` is a JSON array of objects:
 * "name", and the options of hooks (docs/notifications.md). `operation` is a record as events have it. Makes an array
 * of results; a hook that fails is part of it, and one with "vetoed" forbids the operation. */
HOLDFAST_API holdfast_status holdfast_hooks_run(char** out, const char* hooks, const char* moment, const char* operation,
                                                const holdfast_options* options, holdfast_error** err);

#ifdef __cplusplus
}
#endif

#endif
