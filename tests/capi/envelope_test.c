/* A host seals its stored credentials, changes its keys, and reads Fernet tokens. */
#include <holdfast_envelope.h>

#include "check.h"

static const char old_key[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", new_key[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
static const char spec_key[] = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
static const char spec_token[] = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

static void check_envelope(void) {
  holdfast_envelope *before, *after;
  holdfast_secret* secret;
  char *sealed, *rotated;
  int32_t current = 7;
  OK(holdfast_envelope_new(&before, "2025", old_key, 32, &err));
  OK(holdfast_envelope_seal(&sealed, before, "a\0b", 3, "smtp", &err));
  CHECK(strncmp(sealed, "hfe1.2025.", 10) == 0);
  OK(holdfast_envelope_open(&secret, before, sealed, "smtp", &err));
  CHECK(holdfast_secret_length(secret) == 3 && memcmp(holdfast_secret_data(secret), "a\0b", 4) == 0);
  holdfast_secret_free(secret);
  FAILS(holdfast_envelope_open(&secret, before, sealed, NULL, &err), HOLDFAST_E_CORRUPT, "another purpose");
  CHECK(secret == NULL);

  OK(holdfast_envelope_new(&after, "2026", new_key, 32, &err));
  FAILS(holdfast_envelope_open(&secret, after, sealed, "smtp", &err), HOLDFAST_E_WRONG_KEY, "2025");
  OK(holdfast_envelope_add_key(after, "2025", old_key, 32, &err));
  FAILS(holdfast_envelope_add_key(after, "2025", old_key, 32, &err), HOLDFAST_E_INVALID_ARGUMENT, "twice");
  OK(holdfast_envelope_is_current(&current, after, sealed, &err));
  CHECK(current == 0);
  OK(holdfast_envelope_rotate(&rotated, after, sealed, "smtp", &err));
  OK(holdfast_envelope_is_current(&current, after, rotated, &err));
  CHECK(current == 1);
  holdfast_string_free(sealed);
  holdfast_string_free(rotated);
  OK(holdfast_envelope_seal(&sealed, after, NULL, 0, NULL, &err));
  OK(holdfast_envelope_open(&secret, after, sealed, "", &err));
  CHECK(holdfast_secret_length(secret) == 0);
  holdfast_secret_free(secret);
  holdfast_string_free(sealed);

  holdfast_envelope_free(before);
  FAILS(holdfast_envelope_new(&before, "x", old_key, 31, &err), HOLDFAST_E_INVALID_ARGUMENT, "31 bytes");
  CHECK(before == NULL);
  FAILS(holdfast_envelope_seal(&sealed, NULL, "x", 1, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "envelope is NULL");
  holdfast_envelope_free(after);
  holdfast_envelope_free(NULL);
}

static void check_fernet(void) {
  holdfast_fernet* fernet;
  holdfast_secret* secret;
  char* token;
  const int64_t second = 1000000, then = 499162800 * second;
  OK(holdfast_fernet_new(&fernet, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", &err));
  FAILS(holdfast_fernet_open(&secret, fernet, spec_token, -1, 0, &err), HOLDFAST_E_CORRUPT, "another key");
  OK(holdfast_fernet_add_key(fernet, spec_key, &err));
  OK(holdfast_fernet_open(&secret, fernet, spec_token, 60, then + second, &err));
  CHECK_TEXT(holdfast_secret_data(secret), "hello");
  holdfast_secret_free(secret);
  FAILS(holdfast_fernet_open(&secret, fernet, spec_token, 60, then + 90 * second, &err), HOLDFAST_E_CORRUPT, "too old");
  OK(holdfast_fernet_seal(&token, fernet, "new", 3, then, &err));
  OK(holdfast_fernet_open(&secret, fernet, token, -1, 0, &err));
  CHECK_TEXT(holdfast_secret_data(secret), "new");
  holdfast_secret_free(secret);
  holdfast_secret_free(NULL);
  holdfast_string_free(token);
  holdfast_fernet_free(fernet);
  FAILS(holdfast_fernet_new(&fernet, "short", &err), HOLDFAST_E_INVALID_ARGUMENT, "44 characters");
  holdfast_fernet_free(NULL);
  CHECK(holdfast_secret_data(NULL) == NULL && holdfast_secret_length(NULL) == 0);
}

int main(void) {
  check_envelope();
  check_fernet();
  return 0;
}
