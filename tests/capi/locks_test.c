/* The locks and the archived state of a storage's objects pass through tables of functions, or a repository reports
 * that they can't. */
#include <stddef.h>

#include "c_storage.h"
#include "c_wrapper.h"
#include "check.h"
#include "holdfast_storages.h"

static holdfast_storage* wrap(c_wrapper* wrapper, holdfast_storage* inner, enum c_wrapper_locks locks) {
  holdfast_storage_driver driver;
  holdfast_storage* storage;
  wrapper->inner = inner;
  wrapper->renewals = 0;
  driver = c_wrapper_driver(wrapper, locks);
  OK(holdfast_storage_new(&storage, &driver, &err));
  return storage;
}

static holdfast_storage* in_memory(void) {
  holdfast_storage* storage;
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  return storage;
}

/* Also through the library's own storages over tables of the host. */
static void are_passed_on(void) {
  c_wrapper own, outer, outermost;
  holdfast_storage* memory = in_memory();
  holdfast_storage* vault = wrap(&own, memory, LOCKS_ITSELF);
  holdfast_storage* wrapped = wrap(&outer, vault, PASSES_LOCKS);
  holdfast_storage *careful, *storage;
  holdfast_options* options = key_options();
  holdfast_repository* repository;
  int64_t until = 7;
  OK(holdfast_storage_retrying(&careful, wrapped, NULL, &err));
  storage = wrap(&outermost, careful, PASSES_LOCKS);
  CHECK(holdfast_storage_locks(memory) == 0 && holdfast_storage_locks(NULL) == 0);
  CHECK(holdfast_storage_locks(vault) == 1 && holdfast_storage_locks(careful) == 1 && holdfast_storage_locks(storage) == 1);
  OK(holdfast_storage_put_new(memory, "packs/x", "1", 1, &err));
  OK(holdfast_storage_locked_until(&until, memory, "packs/x", &err));
  CHECK(until == 0);
  OK(holdfast_storage_locked_until(&until, storage, "packs/x", &err));
  CHECK(until == HOLDFAST_LOCKED_FOR_GOOD);
  OK(holdfast_storage_renew_lock(storage, "packs/x", &err));
  CHECK(own.renewals == 1);
  FAILS(holdfast_storage_renew_lock(storage, "packs/y", &err), HOLDFAST_E_NOT_FOUND, "packs/y");
  FAILS(holdfast_storage_locked_until(&until, storage, "packs/y", &err), HOLDFAST_E_NOT_FOUND, "packs/y");
  CHECK(until == 0);
  OK(holdfast_storage_remove(memory, "packs/x", &err));

  OK(holdfast_repository_create_on(&repository, storage, options, &err));
  own.renewals = 0;
  holdfast_backup_free(push_backup(repository, "e", "hello", 5));
  CHECK(own.renewals > 0);
  holdfast_repository_free(repository);
  holdfast_options_free(options);
  holdfast_storage_free(storage);
  holdfast_storage_free(careful);
  holdfast_storage_free(wrapped);
  holdfast_storage_free(vault);
  holdfast_storage_free(memory);
}

static void are_not_lost_without_a_word(void) {
  c_wrapper own, outer;
  holdfast_storage* memory = in_memory();
  holdfast_storage* vault = wrap(&own, memory, LOCKS_ITSELF);
  holdfast_storage* hiding = wrap(&outer, vault, HIDES_LOCKS);
  holdfast_options* options = key_options();
  holdfast_repository* repository;
  FAILS(holdfast_repository_create_on(&repository, hiding, options, &err), HOLDFAST_E_UNSUPPORTED, "a repository in wrapped:");
  OK(holdfast_repository_create_on(&repository, vault, options, &err));
  holdfast_repository_free(repository);
  FAILS(holdfast_repository_open_on(&repository, hiding, options, &err), HOLDFAST_E_UNSUPPORTED, "vault:, which locks its objects");
  holdfast_options_free(options);
  holdfast_storage_free(hiding);
  holdfast_storage_free(vault);
  holdfast_storage_free(memory);
}

/* A table can't report the archived objects of a storage that it passes calls on to, but it can be a part of a tiered
 * storage. */
static void archived_objects_are_not_hidden(void) {
  c_wrapper outer;
  holdfast_storage *hot = in_memory(), *cold = in_memory(), *both, *storage;
  holdfast_options* options = key_options();
  holdfast_repository* repository;
  OK(holdfast_storage_tiered(&both, hot, cold, &err));
  storage = wrap(&outer, both, PASSES_LOCKS);
  FAILS(holdfast_repository_create_on(&repository, storage, options, &err), HOLDFAST_E_UNSUPPORTED, "which objects are archived");
  holdfast_storage_free(storage);
  holdfast_storage_free(both);
  storage = wrap(&outer, hot, PASSES_LOCKS);
  OK(holdfast_storage_tiered(&both, storage, cold, &err));
  OK(holdfast_repository_create_on(&repository, both, options, &err));
  holdfast_repository_free(repository);
  holdfast_options_free(options);
  holdfast_storage_free(both);
  holdfast_storage_free(storage);
  holdfast_storage_free(cold);
  holdfast_storage_free(hot);
}

/* The table of a program built before there were locks: storages that it passes calls on to are not its own. */
static void a_shorter_table_is_taken(void) {
  c_wrapper wrapper;
  holdfast_storage* memory = in_memory();
  holdfast_storage* storage;
  holdfast_options* options = key_options();
  holdfast_repository* repository;
  holdfast_storage_driver driver;
  wrapper.inner = memory;
  driver = c_wrapper_driver(&wrapper, LOCKS_ITSELF);
  driver.struct_size = offsetof(holdfast_storage_driver, locks);
  OK(holdfast_storage_new(&storage, &driver, &err));
  CHECK(holdfast_storage_locks(storage) == 0);
  OK(holdfast_repository_create_on(&repository, storage, options, &err));
  holdfast_backup_free(push_backup(repository, "e", "hello", 5));
  CHECK(count_backups(repository) == 1);
  holdfast_repository_free(repository);
  holdfast_options_free(options);
  holdfast_storage_free(storage);

  driver = c_wrapper_driver(&wrapper, LOCKS_ITSELF);
  driver.struct_size = offsetof(holdfast_storage_driver, locks) - 1;
  FAILS(holdfast_storage_new(&storage, &driver, &err), HOLDFAST_E_INVALID_ARGUMENT, "struct_size");
  driver = c_wrapper_driver(&wrapper, LOCKS_ITSELF);
  driver.renew_lock = NULL;
  FAILS(holdfast_storage_new(&storage, &driver, &err), HOLDFAST_E_INVALID_ARGUMENT, "renew_lock is NULL");
  holdfast_storage_free(memory);
}

/* Makes one backup in a repository on a wrapped storage, and creates the repository if there is none; for
 * locks_on_s3_test.py. */
static int back_up(const char* uri, const char* json, const char* locks) {
  c_wrapper wrapper;
  holdfast_options *storage_options, *options = key_options();
  holdfast_storage *inner, *storage;
  holdfast_repository* repository;
  holdfast_error* err = NULL;
  OK(holdfast_options_from_json(&storage_options, json, strlen(json), &err));
  OK(holdfast_storage_open(&inner, uri, storage_options, &err));
  storage = wrap(&wrapper, inner, strcmp(locks, "hides") == 0 ? HIDES_LOCKS : PASSES_LOCKS);
  if (holdfast_repository_open_on(&repository, storage, options, &err) == HOLDFAST_E_NOT_FOUND) {
    holdfast_error_free(err);
    holdfast_repository_create_on(&repository, storage, options, &err);
  }
  if (err == NULL) holdfast_backup_free(push_backup(repository, "e", "hello", 5));
  if (err != NULL) fprintf(stderr, "%s: %s\n", holdfast_status_name(holdfast_error_code(err)), holdfast_error_message(err));
  holdfast_repository_free(repository);
  holdfast_storage_free(storage);
  holdfast_storage_free(inner);
  holdfast_options_free(storage_options);
  holdfast_options_free(options);
  holdfast_error_free(err);
  return err == NULL ? 0 : 1;
}

int main(int argc, char** argv) {
  if (argc == 4) return back_up(argv[1], argv[2], argv[3]);
  are_passed_on();
  are_not_lost_without_a_word();
  archived_objects_are_not_hidden();
  a_shorter_table_is_taken();
  return 0;
}
