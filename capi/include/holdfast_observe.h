/* Status, alerts, metrics and history of a repository: docs/monitoring.md describes the texts. */
#ifndef HOLDFAST_OBSERVE_H
#define HOLDFAST_OBSERVE_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Overview ----------------------------------------------------------------------------------------------------- */

/* The facts about a repository at one moment. For one thread at a time. */
typedef struct holdfast_overview holdfast_overview;

/* Lists the backups and reads the history. `measure` other than 0: also lists all objects of the storage, to count them
 * and their bytes. `options` may be NULL. The overview does not need the repository any more. */
HOLDFAST_API holdfast_status holdfast_overview_open(holdfast_overview** out, holdfast_repository* repository, int32_t measure,
                                                    const holdfast_options* options, holdfast_error** err);
HOLDFAST_API void holdfast_overview_free(holdfast_overview* overview);

/* Adds what only the host knows: when the newest run of a series was due, and when the next one begins; microseconds
 * since 1970, 0 = unknown. Replaces earlier times of the series. */
HOLDFAST_API holdfast_status holdfast_overview_set_schedule(holdfast_overview* overview, const char* series, int64_t due, int64_t next_run,
                                                            holdfast_error** err);

/* Each makes a text; free `*out` with holdfast_string_free(). */
HOLDFAST_API holdfast_status holdfast_overview_to_json(char** out, holdfast_overview* overview, holdfast_error** err); /* one line */
HOLDFAST_API holdfast_status holdfast_overview_to_page(char** out, holdfast_overview* overview, holdfast_error** err); /* HTML */
HOLDFAST_API holdfast_status holdfast_overview_to_metrics(char** out, holdfast_overview* overview, holdfast_error** err);
/* What people should be told about the alerts: only what changed since the last call, whose "told" the host kept; NULL
 * at first. An object: "notices", each with "event", "severity", "series", "time", "title", "message" and "facts", and
 * "told", an array of texts. */
HOLDFAST_API holdfast_status holdfast_overview_to_notices(char** out, holdfast_overview* overview, const char* told, holdfast_error** err);
/* An array of the records of past operations, oldest end first, on one line. */
HOLDFAST_API holdfast_status holdfast_overview_history_to_json(char** out, holdfast_overview* overview, holdfast_error** err);

#ifdef __cplusplus
}
#endif

#endif
