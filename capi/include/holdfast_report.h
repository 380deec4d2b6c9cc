/* Reports by name and as JSON: the objects that the command `holdfast --json` prints, see docs/command.md. */
#ifndef HOLDFAST_REPORT_H
#define HOLDFAST_REPORT_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Counts ------------------------------------------------------------------------------------------------------- */

/* What a proof compared, by the driver's names: "tables", "rows". 0 for a missing name. */
HOLDFAST_API uint64_t holdfast_verify_report_count(const holdfast_verify_report* report, const char* name);
/* The names, in the driver's order. NULL past the end. */
HOLDFAST_API const char* holdfast_verify_report_count_name(const holdfast_verify_report* report, size_t index);

/* --- Left out ----------------------------------------------------------------------------------------------------- */

/* An object that a restore could not bring back as it was; it cost no other object. The caller sets struct_size. The
 * texts are borrowed from the job. */
typedef struct holdfast_left_out {
  uint32_t struct_size;
  uint32_t reserved;
  const char* object;    /* "INDEX app.place_by_position", "rows of app.post" */
  const char* statement; /* that failed; "" for rows, and where it may contain a secret */
  const char* reason;    /* the target's own words */
  const char* instead;   /* what was restored in its place: "NOT VALID"; "" = nothing */
} holdfast_left_out;
/* 0 unless the job is a restore that succeeded. */
HOLDFAST_API size_t holdfast_job_left_out_count(const holdfast_job* job);
/* HOLDFAST_E_NOT_FOUND past the end. */
HOLDFAST_API holdfast_status holdfast_job_left_out(const holdfast_job* job, size_t index, holdfast_left_out* out, holdfast_error** err);

/* --- JSON --------------------------------------------------------------------------------------------------------- */

/* Each makes one object (for a list: an array) on one line. Free `*out` with holdfast_string_free(). New versions only
 * add keys. */
HOLDFAST_API holdfast_status holdfast_backup_to_json(char** out, const holdfast_backup* backup, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_backup_list_to_json(char** out, const holdfast_backup_list* list, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_manifest_to_json(char** out, const holdfast_manifest* manifest, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_diff_to_json(char** out, const holdfast_diff* diff, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_verify_report_to_json(char** out, const holdfast_verify_report* report, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_verify_list_to_json(char** out, const holdfast_verify_list* list, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_retention_plan_to_json(char** out, const holdfast_retention_plan* plan, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_repository_to_json(char** out, const holdfast_repository* repository, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_key_list_to_json(char** out, const holdfast_key_list* list, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_finding_list_to_json(char** out, const holdfast_finding_list* list, holdfast_error** err);
/* Result of a job that succeeded, of any kind. HOLDFAST_E_INVALID_STATE before the end, after a failure, and for a job
 * without a result. */
HOLDFAST_API holdfast_status holdfast_job_result_to_json(char** out, const holdfast_job* job, holdfast_error** err);

/* --- Introspection ------------------------------------------------------------------------------------------------ */

/* An array of all drivers, those added to `options` (may be NULL) included: name, schemes, options (name, type,
 * default, help, minimum, maximum, choices, calls, secret), counts, formats (name, help), consistent, selection and
 * proof.
 * Free `*out` with holdfast_string_free(). */
HOLDFAST_API holdfast_status holdfast_drivers_to_json(char** out, const holdfast_options* options, holdfast_error** err);

#ifdef __cplusplus
}
#endif

#endif
