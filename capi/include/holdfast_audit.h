/* The audit trail of a repository: signed records of who did what, when and from where. docs/audit.md says what they
 * prove. The options "host.principal" and "host.audit_key" of each call say who calls and sign; calls without options
 * use those with which the repository was opened. */
#ifndef HOLDFAST_AUDIT_H
#define HOLDFAST_AUDIT_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Audit -------------------------------------------------------------------------------------------------------- */

/* Returns "off", "best_effort" or "required". Free every text here with holdfast_string_free(). HOLDFAST_E_WRONG_KEY:
 * the records are signed with another key than this host's. */
HOLDFAST_API holdfast_status holdfast_audit_policy(char** out, holdfast_repository* repository, const holdfast_options* options,
                                                   holdfast_error** err);
/* Records the new policy, which then applies to every host. HOLDFAST_E_INVALID_STATE: a repository without encryption
 * needs "host.audit_key". */
HOLDFAST_API holdfast_status holdfast_audit_set_policy(holdfast_repository* repository, const char* policy, const holdfast_options* options,
                                                       holdfast_error** err);
/* Returns all records that open, oldest first, as "jsonl" (one object per line), "csv" (RFC 4180) or "cef". */
HOLDFAST_API holdfast_status holdfast_audit_export(char** out, holdfast_repository* repository, const char* format,
                                                   const holdfast_options* options, holdfast_error** err);
/* Checks every record and the chain. `anchor` and `public_key` (64 hex digits) may be NULL. Sets `*ok` to 1 if there is
 * no fault, else to 0; the report is one JSON object: ok, records, first, last, expired, sha256, public_key, key_known,
 * anchored, faults (object, what). Either out parameter may be NULL. */
HOLDFAST_API holdfast_status holdfast_audit_verify(int32_t* ok, char** report, holdfast_repository* repository, const char* anchor,
                                                   const char* public_key, const holdfast_options* options, holdfast_error** err);
/* Returns a text that names the newest record, to keep elsewhere. HOLDFAST_E_NOT_FOUND: there is no record. */
HOLDFAST_API holdfast_status holdfast_audit_anchor(char** out, holdfast_repository* repository, const holdfast_options* options,
                                                   holdfast_error** err);
/* Removes the records from before that time, and records that. Sets `*removed` (may be NULL) to their number.
 * HOLDFAST_E_CORRUPT: the trail has faults, and nothing is removed. */
HOLDFAST_API holdfast_status holdfast_audit_expire(uint64_t* removed, holdfast_repository* repository, int64_t before,
                                                   const holdfast_options* options, holdfast_error** err);

#ifdef __cplusplus
}
#endif

#endif
