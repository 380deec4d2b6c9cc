/* The audit trail of a repository: signed records of who did what, when and from where. docs/audit.md says what they
 * prove. The options "host.principal" and "host.audit_key", or a signer of the host's, of each call say who calls and
 * sign; calls without options use those with which the repository was opened. */
#ifndef HOLDFAST_AUDIT_H
#define HOLDFAST_AUDIT_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Signer ------------------------------------------------------------------------------------------------------- */

/* Signs audit records with a key that only the host has, for example in a hardware module. The functions may be called
 * on any thread, several at once, until `release` is called, and must not use the repository. An error that they return
 * is that of the operation which needs the record: under the policy "required" the operation fails, else it warns. */
typedef struct holdfast_audit_signer {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  /* Writes the Ed25519 public key: 32 bytes, the same in each call. */
  holdfast_status (*public_key)(void* user_data, void* key_out, holdfast_error** err);
  /* Writes the Ed25519 signature (RFC 8032) of the message: 64 bytes. One that the public key does not verify is
   * refused, and no record is put. */
  holdfast_status (*sign)(void* user_data, const void* message, size_t length, void* signature_out, holdfast_error** err);
} holdfast_audit_signer;

/* Lends the signer to every call with these options, instead of "host.audit_key". Takes the table over in every
 * case. */
HOLDFAST_API holdfast_status holdfast_options_set_audit_signer(holdfast_options* options, holdfast_audit_signer* signer,
                                                               holdfast_error** err);

/* --- Audit -------------------------------------------------------------------------------------------------------- */

/* Returns "off", "best_effort" or "required". Free every text here with holdfast_string_free(). HOLDFAST_E_WRONG_KEY:
 * the records are signed with another key than this host's. */
HOLDFAST_API holdfast_status holdfast_audit_policy(char** out, holdfast_repository* repository, const holdfast_options* options,
                                                   holdfast_error** err);
/* Records the new policy, which then applies to every host. HOLDFAST_E_INVALID_STATE: a repository without encryption
 * needs "host.audit_key" or a signer. */
HOLDFAST_API holdfast_status holdfast_audit_set_policy(holdfast_repository* repository, const char* policy, const holdfast_options* options,
                                                       holdfast_error** err);
/* Returns all records that open, oldest first, as "jsonl" (one object per line), "csv" (RFC 4180) or "cef". */
HOLDFAST_API holdfast_status holdfast_audit_export(char** out, holdfast_repository* repository, const char* format,
                                                   const holdfast_options* options, holdfast_error** err);
/* Checks every record and the chain. `anchor` (one or several anchors, one after another) and `public_key` (64 hex
 * digits) may be NULL. Sets `*ok` to 1 if there is
 * no fault, else to 0; the report is one JSON object: ok, records, first, last, expired, sha256, public_key, key_known,
 * anchored, faults (object, what). Either out parameter may be NULL. */
HOLDFAST_API holdfast_status holdfast_audit_verify(int32_t* ok, char** report, holdfast_repository* repository, const char* anchor,
                                                   const char* public_key, const holdfast_options* options, holdfast_error** err);
/* Returns a text that names the newest record, to keep elsewhere. HOLDFAST_E_NOT_FOUND: there is no record. */
HOLDFAST_API holdfast_status holdfast_audit_anchor(char** out, holdfast_repository* repository, const holdfast_options* options,
                                                   holdfast_error** err);
/* Sends that text over one channel of this kind, in one attempt, and returns it; `out` may be NULL. Options "channel."
 * as for holdfast_notifier_add_channel(). A webhook posts JSON with the anchor's parts, signed as notices are. */
HOLDFAST_API holdfast_status holdfast_audit_send_anchor(char** out, holdfast_repository* repository, const char* kind,
                                                        const holdfast_options* options, holdfast_error** err);
/* Puts that text on a storage other than the repository's, as an object that is never overwritten, and returns it;
 * `out` may be NULL. HOLDFAST_E_CONFLICT: an anchor of another record with that number is there. */
HOLDFAST_API holdfast_status holdfast_audit_put_anchor(char** out, holdfast_repository* repository, holdfast_storage* storage,
                                                       const holdfast_options* options, holdfast_error** err);
/* Returns all anchors of this repository on such a storage, oldest first, for holdfast_audit_verify(). */
HOLDFAST_API holdfast_status holdfast_audit_read_anchors(char** out, holdfast_repository* repository, holdfast_storage* storage,
                                                         const holdfast_options* options, holdfast_error** err);
/* Removes the records from before that time, and records that. Sets `*removed` (may be NULL) to their number.
 * HOLDFAST_E_CORRUPT: the trail has faults, and nothing is removed. */
HOLDFAST_API holdfast_status holdfast_audit_expire(uint64_t* removed, holdfast_repository* repository, int64_t before,
                                                   const holdfast_options* options, holdfast_error** err);

#ifdef __cplusplus
}
#endif

#endif
