/* A host signs audit records with a key of its own, through OpenSSL. Its errors are those of the operation, and a wrong
 * signature becomes no record. */
#include <holdfast_audit.h>
#include <openssl/evp.h>

#include "check.h"

typedef struct Host {
  EVP_PKEY* key;
  int calls, releases, fails, wrong;
} Host;

static holdfast_status public_key(void* user_data, void* key_out, holdfast_error** err) {
  Host* host = user_data;
  size_t length = 32;
  if (EVP_PKEY_get_raw_public_key(host->key, key_out, &length) == 1 && length == 32) return HOLDFAST_OK;
  return holdfast_error_set(err, HOLDFAST_E_INTERNAL, "no key");
}

static holdfast_status sign(void* user_data, const void* message, size_t length, void* signature_out, holdfast_error** err) {
  Host* host = user_data;
  EVP_MD_CTX* context;
  size_t written = 64;
  ++host->calls;
  if (host->fails) return holdfast_error_set(err, HOLDFAST_E_PERMISSION_DENIED, "the module is locked");
  context = EVP_MD_CTX_new();
  CHECK(context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, host->key) == 1);
  CHECK(EVP_DigestSign(context, signature_out, &written, message, length - (host->wrong != 0)) == 1 && written == 64);
  EVP_MD_CTX_free(context);
  return HOLDFAST_OK;
}

static void count_release(void* user_data) { ++((Host*)user_data)->releases; }

static holdfast_audit_signer table_of(Host* host) {
  holdfast_audit_signer table;
  memset(&table, 0, sizeof table);
  table.struct_size = sizeof table;
  table.user_data = host;
  table.release = count_release;
  table.public_key = public_key;
  table.sign = sign;
  return table;
}

int main(void) {
  static const unsigned char private_key[32] = "ssssssssssssssssssssssssssssssss";
  Host host = {0};
  holdfast_audit_signer table;
  holdfast_options *options, *both;
  holdfast_repository* repository;
  holdfast_storage* elsewhere;
  char *anchor, *anchors, *report;
  int32_t ok = 7;
  host.key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private_key, 32);
  CHECK(host.key != NULL);
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_string(options, "repository.encryption", "none", &err));
  table = table_of(&host);
  OK(holdfast_options_set_audit_signer(options, &table, &err));
  OK(holdfast_repository_create(&repository, "memory:", options, &err));
  CHECK(host.calls == 0); /* the trail is off */

  /* Also for calls without options: they use those with which the repository was opened. */
  OK(holdfast_audit_set_policy(repository, "required", NULL, &err));
  CHECK(host.calls == 1);
  OK(holdfast_audit_verify(&ok, &report, repository, NULL, NULL, NULL, &err));
  CHECK(ok == 1 && strstr(report, "\"key_known\":true") != NULL);
  holdfast_string_free(report);

  host.fails = 1;
  FAILS(holdfast_audit_set_policy(repository, "best_effort", NULL, &err), HOLDFAST_E_PERMISSION_DENIED, "the module is locked");
  host.fails = 0;
  host.wrong = 1;
  FAILS(holdfast_audit_set_policy(repository, "best_effort", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "does not verify");
  host.wrong = 0;
  OK(holdfast_audit_set_policy(repository, "best_effort", NULL, &err));

  /* Anchors on another storage. */
  OK(holdfast_storage_open(&elsewhere, "memory:", NULL, &err));
  OK(holdfast_audit_read_anchors(&anchors, repository, elsewhere, NULL, &err));
  CHECK_TEXT(anchors, "");
  holdfast_string_free(anchors);
  OK(holdfast_audit_put_anchor(&anchor, repository, elsewhere, NULL, &err));
  OK(holdfast_audit_put_anchor(NULL, repository, elsewhere, NULL, &err));
  OK(holdfast_audit_read_anchors(&anchors, repository, elsewhere, NULL, &err));
  CHECK_TEXT(anchors, anchor);
  OK(holdfast_audit_verify(&ok, NULL, repository, anchors, NULL, NULL, &err));
  CHECK(ok == 1);
  holdfast_string_free(anchors);
  holdfast_string_free(anchor);
  FAILS(holdfast_audit_put_anchor(NULL, repository, NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "storage is NULL");
  FAILS(holdfast_audit_send_anchor(NULL, repository, "pager", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "webhook");
  FAILS(holdfast_audit_send_anchor(NULL, repository, "webhook", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "url");
  holdfast_storage_free(elsewhere);

  /* One signer only. */
  OK(holdfast_options_new(&both, &err));
  table = table_of(&host);
  OK(holdfast_options_set_audit_signer(both, &table, &err));
  OK(holdfast_options_set_bytes(both, "host.audit_key", private_key, 32, &err));
  FAILS(holdfast_audit_set_policy(repository, "off", both, &err), HOLDFAST_E_INVALID_ARGUMENT, "leave one out");
  holdfast_options_free(both);
  CHECK(host.releases == 1);

  holdfast_repository_free(repository);
  holdfast_options_free(options);
  CHECK(host.releases == 2);
  EVP_PKEY_free(host.key);
  return 0;
}
