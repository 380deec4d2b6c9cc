/* A host turns audit records on, finds one that was removed, and removes old ones. */
#include <holdfast_audit.h>

#include "check.h"

static const char signing_key[] = "ssssssssssssssssssssssssssssssss";

/* The object of the first record. */
static const char first_record[] = "audit/fffffffffffffffe";

int main(void) {
  holdfast_storage* storage;
  holdfast_repository* repository;
  holdfast_options *options = key_options(), *plain;
  char *text, *anchor, *slot, *report;
  int32_t ok = 7;
  uint64_t removed = 7;
  OK(holdfast_options_set_string(options, "host.principal", "ada@example.org", &err));
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  OK(holdfast_repository_create_on(&repository, storage, options, &err));
  OK(holdfast_audit_policy(&text, repository, NULL, &err));
  CHECK_TEXT(text, "off");
  holdfast_string_free(text);
  FAILS(holdfast_audit_anchor(&anchor, repository, NULL, &err), HOLDFAST_E_NOT_FOUND, "no audit records");
  FAILS(holdfast_audit_set_policy(repository, "on", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "off, best_effort or required");
  OK(holdfast_audit_set_policy(repository, "required", options, &err));
  OK(holdfast_audit_policy(&text, repository, options, &err));
  CHECK_TEXT(text, "required");
  holdfast_string_free(text);

  /* A call without options acts for whoever opened the repository. */
  OK(holdfast_key_add(&slot, repository, HOLDFAST_KEY_RAW, signing_key, 32, &err));
  OK(holdfast_audit_export(&text, repository, "jsonl", NULL, &err));
  CHECK(strstr(text, "\"action\":\"add_key\",\"outcome\":\"succeeded\",\"principal\":\"ada@example.org\"") != NULL);
  CHECK(strstr(text, slot) != NULL);
  holdfast_string_free(text);
  holdfast_string_free(slot);
  OK(holdfast_audit_export(&text, repository, "cef", NULL, &err));
  CHECK(strncmp(text, "CEF:0|Holdfast|", 15) == 0);
  holdfast_string_free(text);

  OK(holdfast_audit_anchor(&anchor, repository, NULL, &err));
  OK(holdfast_audit_verify(&ok, &report, repository, anchor, NULL, NULL, &err));
  CHECK(ok == 1 && strstr(report, "\"key_known\":true,\"anchored\":true,\"faults\":[]") != NULL);
  holdfast_string_free(report);
  FAILS(holdfast_audit_verify(&ok, NULL, repository, "junk", NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "audit anchor");

  OK(holdfast_storage_remove(storage, first_record, &err));
  OK(holdfast_audit_verify(&ok, &report, repository, NULL, NULL, options, &err));
  CHECK(ok == 0 && strstr(report, "record 1 is missing") != NULL);
  holdfast_string_free(report);
  FAILS(holdfast_audit_expire(&removed, repository, INT64_C(4102444800000000), NULL, &err), HOLDFAST_E_CORRUPT, "faults");
  CHECK(removed == 0);
  holdfast_string_free(anchor);
  holdfast_repository_free(repository);
  holdfast_storage_free(storage);
  holdfast_options_free(options);

  /* Without encryption the host signs. */
  OK(holdfast_options_new(&plain, &err));
  OK(holdfast_options_set_string(plain, "repository.encryption", "none", &err));
  OK(holdfast_repository_create(&repository, "memory:", plain, &err));
  FAILS(holdfast_audit_set_policy(repository, "best_effort", NULL, &err), HOLDFAST_E_INVALID_STATE, "lend a signer");
  OK(holdfast_options_set_bytes(plain, "host.audit_key", signing_key, 32, &err));
  OK(holdfast_audit_set_policy(repository, "best_effort", plain, &err));
  OK(holdfast_audit_set_policy(repository, "required", plain, &err));
  OK(holdfast_audit_expire(&removed, repository, INT64_C(4102444800000000), plain, &err));
  CHECK(removed == 1);
  OK(holdfast_audit_verify(&ok, NULL, repository, NULL, NULL, plain, &err));
  CHECK(ok == 1);
  FAILS(holdfast_audit_verify(&ok, NULL, NULL, NULL, NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "repository is NULL");
  holdfast_options_free(plain);
  holdfast_repository_free(repository);
  return 0;
}
