/* Small secrets of a host at rest: docs/envelope.md. Independent of repositories. */
#ifndef HOLDFAST_ENVELOPE_H
#define HOLDFAST_ENVELOPE_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct holdfast_envelope holdfast_envelope; /* concurrent, except add_key: serial */
typedef struct holdfast_fernet holdfast_fernet;     /* concurrent, except add_key: serial */
typedef struct holdfast_secret holdfast_secret;     /* immutable: bytes that are wiped when it is freed */

/* --- Secrets ------------------------------------------------------------------------------------------------------ */

/* Borrowed from the secret; may contain zeros, and ends with one that does not count. NULL and 0 for NULL. */
HOLDFAST_API const void* holdfast_secret_data(const holdfast_secret* secret);
HOLDFAST_API size_t holdfast_secret_length(const holdfast_secret* secret);
HOLDFAST_API void holdfast_secret_free(holdfast_secret* secret);

/* --- Envelope ----------------------------------------------------------------------------------------------------- */

/* AES-256-GCM with ids of keys. This key (32 bytes; its id has 1-64 of A-Z a-z 0-9 _ -) seals. */
HOLDFAST_API holdfast_status holdfast_envelope_new(holdfast_envelope** out, const char* id, const void* key, size_t length,
                                                   holdfast_error** err);
/* Adds an older key, which only opens. */
HOLDFAST_API holdfast_status holdfast_envelope_add_key(holdfast_envelope* envelope, const char* id, const void* key, size_t length,
                                                       holdfast_error** err);
/* Makes a printable text. It opens only for the same `purpose` (NULL = ""). Free it with holdfast_string_free(). */
HOLDFAST_API holdfast_status holdfast_envelope_seal(char** out, const holdfast_envelope* envelope, const void* secret, size_t length,
                                                    const char* purpose, holdfast_error** err);
/* HOLDFAST_E_WRONG_KEY: the text's key is not here. HOLDFAST_E_CORRUPT: it is changed, cut, or for another purpose. */
HOLDFAST_API holdfast_status holdfast_envelope_open(holdfast_secret** out, const holdfast_envelope* envelope, const char* sealed,
                                                    const char* purpose, holdfast_error** err);
/* Sets `*out` to 1 if the first key sealed this text, else to 0. */
HOLDFAST_API holdfast_status holdfast_envelope_is_current(int32_t* out, const holdfast_envelope* envelope, const char* sealed,
                                                          holdfast_error** err);
/* Opens the text and seals it under the first key. */
HOLDFAST_API holdfast_status holdfast_envelope_rotate(char** out, const holdfast_envelope* envelope, const char* sealed,
                                                      const char* purpose, holdfast_error** err);
HOLDFAST_API void holdfast_envelope_free(holdfast_envelope* envelope);

/* --- Fernet ------------------------------------------------------------------------------------------------------- */

/* This key (32 bytes in padded base64url) seals. */
HOLDFAST_API holdfast_status holdfast_fernet_new(holdfast_fernet** out, const char* key, holdfast_error** err);
/* Adds an older key, which only opens. */
HOLDFAST_API holdfast_status holdfast_fernet_add_key(holdfast_fernet* fernet, const char* key, holdfast_error** err);
/* Makes a token of the time `now`, which everybody can read in it. Free it with holdfast_string_free(). */
HOLDFAST_API holdfast_status holdfast_fernet_seal(char** out, const holdfast_fernet* fernet, const void* secret, size_t length, int64_t now,
                                                  holdfast_error** err);
/* Refuses a token of more than `ttl` seconds before `now`, or 60 s after it. A negative `ttl`: any age, whatever
 * `now`. */
HOLDFAST_API holdfast_status holdfast_fernet_open(holdfast_secret** out, const holdfast_fernet* fernet, const char* token, int64_t ttl,
                                                  int64_t now, holdfast_error** err);
HOLDFAST_API void holdfast_fernet_free(holdfast_fernet* fernet);

#ifdef __cplusplus
}
#endif

#endif
