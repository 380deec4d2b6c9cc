/* Composed storages, the findings of a doctor, and a status for bad input to either. */
#include "c_host.h"
#include "c_storage.h"
#include "check.h"
#include "holdfast_storages.h"

static holdfast_storage* memory(void) {
  holdfast_storage* storage;
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  return storage;
}

static holdfast_options* no_options(void) {
  holdfast_options* options;
  OK(holdfast_options_new(&options, &err));
  return options;
}

static holdfast_status count_object(void* user_data, const holdfast_object_info* object) {
  CHECK(object->struct_size >= sizeof *object);
  ++*(int*)user_data;
  return HOLDFAST_OK;
}

static int objects(holdfast_storage* storage) {
  int count = 0;
  OK(holdfast_storage_list(storage, "", count_object, &count, &err));
  return count;
}

/* The inner one is freed first: the outer one keeps it alive. */
static void retrying_and_throttled(void) {
  int released = 0;
  holdfast_storage_driver driver = c_storage(&released);
  void* store = driver.user_data;
  holdfast_storage *inner, *retrying, *throttled;
  holdfast_options* options = no_options();
  holdfast_cancel_token* token;
  holdfast_reader* reader;
  char* back;
  size_t length;
  OK(holdfast_storage_new(&inner, &driver, &err));
  OK(holdfast_options_set_int64(options, "retry.first_delay", 1, &err));
  OK(holdfast_options_set_int64(options, "retry.longest_delay", 2, &err));
  OK(holdfast_options_set_int64(options, "retry.deadline", 3600000, &err));
  OK(holdfast_options_set_int64(options, "retry.replay_bytes", 0, &err));
  OK(holdfast_cancel_token_new(&token, &err));
  OK(holdfast_options_set_cancel(options, token, &err));
  OK(holdfast_storage_retrying(&retrying, inner, options, &err));
  holdfast_storage_free(inner);
  OK(holdfast_options_set_int64(options, "throttle.up", INT64_C(1) << 40, &err));
  OK(holdfast_options_set_int64(options, "throttle.down", INT64_C(1) << 40, &err));
  OK(holdfast_storage_throttled(&throttled, retrying, options, &err));
  holdfast_storage_free(retrying);
  CHECK_TEXT(holdfast_storage_uri(throttled), "c-memory:");
  OK(holdfast_storage_put_new(throttled, "o", "bytes", 5, &err));
  FAILS(holdfast_storage_put_new(throttled, "o", "other", 5, &err), HOLDFAST_E_ALREADY_EXISTS, "o");
  OK(holdfast_storage_read(&reader, throttled, "o", 1, 3, &err));
  back = read_all(reader, &length);
  CHECK(length == 3 && memcmp(back, "yte", 3) == 0);
  free(back);
  holdfast_reader_free(reader);
  /* Not retryable: no wait. */
  c_storage_fail(store, HOLDFAST_E_PERMISSION_DENIED);
  FAILS(holdfast_storage_put_new(throttled, "p", "x", 1, &err), HOLDFAST_E_PERMISSION_DENIED, "");
  c_storage_fail(store, HOLDFAST_OK);
  holdfast_cancel_token_free(token);
  holdfast_options_free(options);
  holdfast_storage_free(throttled);
  CHECK(released == 1);
}

static void cached_and_read_only(void) {
  /* The name ends in the SHA-256 of "abc". */
  static const char name[] = "index/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  holdfast_storage *inner = memory(), *cache = memory(), *cached, *read_only;
  holdfast_reader* reader;
  size_t length;
  char* back;
  OK(holdfast_storage_cached(&cached, inner, cache, "index/", &err));
  OK(holdfast_storage_put_new(inner, name, "abc", 3, &err));
  OK(holdfast_storage_read(&reader, cached, name, 0, UINT64_MAX, &err));
  back = read_all(reader, &length);
  CHECK(length == 3 && memcmp(back, "abc", 3) == 0);
  free(back);
  holdfast_reader_free(reader);
  CHECK(objects(cache) == 1);
  OK(holdfast_storage_read_only(&read_only, cached, &err));
  FAILS(holdfast_storage_put_new(read_only, "o", "x", 1, &err), HOLDFAST_E_PERMISSION_DENIED, "");
  FAILS(holdfast_storage_remove(read_only, name, &err), HOLDFAST_E_PERMISSION_DENIED, "");
  CHECK(objects(read_only) == 1);
  holdfast_storage_free(inner);
  holdfast_storage_free(cache);
  holdfast_storage_free(cached);
  holdfast_storage_free(read_only);
}

typedef struct quota_host {
  int warned, released;
  uint64_t used, limit;
} quota_host;

static void quota_warn(void* user_data, uint64_t used, uint64_t limit) {
  quota_host* h = (quota_host*)user_data;
  ++h->warned;
  h->used = used;
  h->limit = limit;
}

static void quota_release(void* user_data) { ++((quota_host*)user_data)->released; }

static void quota(void) {
  quota_host h = {0, 0, 0, 0};
  holdfast_storage *inner = memory(), *limited;
  holdfast_options* options = no_options();
  FAILS(holdfast_storage_quota(&limited, inner, options, quota_warn, &h, quota_release, &err), HOLDFAST_E_INVALID_ARGUMENT, "quota.limit");
  CHECK(limited == NULL && h.released == 1);
  FAILS(holdfast_options_set_int64(options, "quota.warn_at", 101, &err), HOLDFAST_E_INVALID_ARGUMENT, "from 0 to 100");
  OK(holdfast_options_set_int64(options, "quota.limit", 10, &err));
  OK(holdfast_options_set_int64(options, "quota.warn_at", 50, &err));
  OK(holdfast_storage_quota(&limited, inner, options, quota_warn, &h, quota_release, &err));
  OK(holdfast_storage_put_new(limited, "a", "1234", 4, &err));
  CHECK(h.warned == 0);
  OK(holdfast_storage_put_new(limited, "b", "1234", 4, &err));
  CHECK(h.warned == 1 && h.used == 8 && h.limit == 10);
  FAILS(holdfast_storage_put_new(limited, "c", "123", 3, &err), HOLDFAST_E_NO_SPACE, "");
  holdfast_storage_free(limited);
  CHECK(h.released == 2 && objects(inner) == 2);
  OK(holdfast_storage_quota(&limited, inner, options, NULL, NULL, NULL, &err));
  FAILS(holdfast_storage_put_new(limited, "c", "123", 3, &err), HOLDFAST_E_NO_SPACE, "");
  holdfast_storage_free(limited);
  holdfast_storage_free(inner);
  holdfast_options_free(options);
}

static holdfast_replica_report* status_of(holdfast_storage* set) {
  holdfast_replica_report* report;
  OK(holdfast_storage_replicas(&report, set, &err));
  return report;
}

/* A backup on three copies, one of which fails and returns: a repair gives it what it missed. */
static void replicated(void) {
  int released = 0;
  holdfast_storage_driver driver = c_storage(&released);
  void* store = driver.user_data;
  holdfast_storage *three[3], *set;
  holdfast_options* options = key_options();
  holdfast_repository* repository;
  holdfast_replica_report* report;
  holdfast_job* job;
  three[0] = memory();
  three[1] = memory();
  OK(holdfast_storage_new(&three[2], &driver, &err));
  FAILS(holdfast_storage_replicated(&set, three, 3, options, &err), HOLDFAST_E_NOT_FOUND, "");
  OK(holdfast_options_set_string(options, "replica.use", "create", &err));
  OK(holdfast_options_set_int64(options, "replica.quorum", 4, &err));
  FAILS(holdfast_storage_replicated(&set, three, 3, options, &err), HOLDFAST_E_INVALID_ARGUMENT, "");
  OK(holdfast_options_set_int64(options, "replica.quorum", 2, &err));
  OK(holdfast_storage_replicated(&set, three, 3, options, &err));
  OK(holdfast_repository_create_on(&repository, set, options, &err));
  report = status_of(set);
  CHECK(holdfast_replica_report_count(report) == 3 && holdfast_replica_report_state(report, 2) == HOLDFAST_REPLICA_IN_SYNC);
  CHECK(strlen(holdfast_replica_report_id(report, 2)) == 32);
  CHECK_TEXT(holdfast_replica_report_uri(report, 2), "c-memory:");
  CHECK_TEXT(holdfast_replica_report_why(report, 2), "");
  CHECK(holdfast_replica_report_state(report, 3) == -1 && holdfast_replica_report_id(report, 3) == NULL);
  holdfast_replica_report_free(report);

  c_storage_fail(store, HOLDFAST_E_NETWORK);
  holdfast_backup_free(push_backup(repository, "e", "on two of three", 15));
  report = status_of(set);
  CHECK(holdfast_replica_report_state(report, 2) != HOLDFAST_REPLICA_IN_SYNC && holdfast_replica_report_why(report, 2)[0] != '\0');
  holdfast_replica_report_free(report);
  c_storage_fail(store, HOLDFAST_OK);

  /* A storage that failed is not used again, so the repair opens the set anew. */
  holdfast_storage_free(set);
  OK(holdfast_options_set_string(options, "replica.use", "open", &err));
  OK(holdfast_storage_replicated(&set, three, 3, options, &err));
  OK(holdfast_options_set_bool(options, "replica.every_byte", 1, &err));
  OK(holdfast_replica_repair_start(&job, set, options, &err));
  OK(holdfast_job_run(job, &err));
  OK(holdfast_job_replica_report(&report, job, &err));
  holdfast_job_free(job);
  CHECK(holdfast_replica_report_copied_objects(report) > 0 && holdfast_replica_report_copied_bytes(report) > 0);
  CHECK(holdfast_replica_report_removed_objects(report) == 0 && holdfast_replica_report_replaced_objects(report) == 0);
  CHECK(holdfast_replica_report_problem_count(report) == 0 && holdfast_replica_report_problem(report, 0) == NULL);
  CHECK(holdfast_replica_report_state(report, 2) == HOLDFAST_REPLICA_IN_SYNC);
  holdfast_replica_report_free(report);

  OK(holdfast_options_add_string(options, "replica.forget", "nobody", &err));
  OK(holdfast_replica_repair_start(&job, set, options, &err));
  CHECK(holdfast_job_run(job, NULL) != HOLDFAST_OK);
  FAILS(holdfast_job_replica_report(&report, job, &err), HOLDFAST_E_INVALID_STATE, "failed");
  holdfast_job_free(job);
  holdfast_storage_free(three[0]);
  holdfast_storage_free(three[1]);
  holdfast_storage_free(set);
  holdfast_repository_free(repository);
  /* The storage that was away opens by itself. */
  OK(holdfast_repository_open_on(&repository, three[2], options, &err));
  CHECK(count_backups(repository) == 1);
  holdfast_repository_free(repository);
  holdfast_storage_free(three[2]);
  holdfast_options_free(options);
  CHECK(released == 1);
}

static void replicated_by_uri(void) {
  static const char* const uris[3] = {"nonsense://x", "memory:", "memory:"};
  holdfast_options* options = no_options();
  holdfast_storage* set;
  holdfast_job* job;
  FAILS(holdfast_options_set_string(options, "replica.use", "perhaps", &err), HOLDFAST_E_INVALID_ARGUMENT, "perhaps");
  FAILS(holdfast_storage_open_replicated(&set, uris, 0, options, &err), HOLDFAST_E_INVALID_ARGUMENT, "count is 0");
  FAILS(holdfast_storage_replicated(&set, NULL, 0, options, &err), HOLDFAST_E_INVALID_ARGUMENT, "count is 0");
  OK(holdfast_options_set_string(options, "replica.use", "create", &err));
  FAILS(holdfast_storage_open_replicated(&set, uris, 3, options, &err), HOLDFAST_E_INVALID_ARGUMENT, "");
  CHECK(set == NULL);
  OK(holdfast_storage_open_replicated(&set, uris + 1, 2, options, &err));
  FAILS(holdfast_move_old_start(&job, set, options, &err), HOLDFAST_E_UNSUPPORTED, "no tiered storage");
  holdfast_storage_free(set);
  holdfast_options_free(options);
}

static void tiered(void) {
  holdfast_storage *hot = memory(), *cold = memory(), *both;
  holdfast_options* options = no_options();
  holdfast_job* job;
  holdfast_tier_report report;
  holdfast_replica_report* replicas;
  int count = 0;
  OK(holdfast_storage_tiered(&both, hot, cold, &err));
  OK(holdfast_storage_put_new(both, "packs/a", "12345", 5, &err));
  OK(holdfast_storage_put_new(both, "cabins/b", "123", 3, &err));
  OK(holdfast_options_set_int64(options, "tier.age", 0, &err));
  OK(holdfast_move_old_start(&job, both, options, &err));
  OK(holdfast_job_run(job, &err));
  memset(&report, 0, sizeof report);
  FAILS(holdfast_job_tier_report(job, &report, &err), HOLDFAST_E_INVALID_ARGUMENT, "struct_size");
  report.struct_size = sizeof report;
  OK(holdfast_job_tier_report(job, &report, &err));
  FAILS(holdfast_job_replica_report(&replicas, job, &err), HOLDFAST_E_INVALID_STATE, "another result");
  holdfast_job_free(job);
  CHECK(report.moved_objects == 1 && report.moved_bytes == 5);
  OK(holdfast_storage_list_cold(both, "", count_object, &count, &err));
  CHECK(count == 1 && objects(hot) == 1 && objects(both) == 2);
  OK(holdfast_options_add_string(options, "tier.prefix", "cabins/", &err));
  OK(holdfast_move_old_start(&job, both, options, &err));
  OK(holdfast_job_run(job, &err));
  OK(holdfast_job_tier_report(job, &report, &err));
  holdfast_job_free(job);
  CHECK(report.moved_objects == 1 && report.moved_bytes == 3 && objects(hot) == 0);
  FAILS(holdfast_storage_list_cold(hot, "", count_object, &count, &err), HOLDFAST_E_UNSUPPORTED, "no tiered storage");
  FAILS(holdfast_storage_list_cold(both, "", NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "visit");
  FAILS(holdfast_storage_replicas(&replicas, both, &err), HOLDFAST_E_UNSUPPORTED, "no replicated storage");
  FAILS(holdfast_replica_repair_start(&job, both, NULL, &err), HOLDFAST_E_UNSUPPORTED, "no replicated storage");
  holdfast_storage_free(hot);
  holdfast_storage_free(cold);
  holdfast_storage_free(both);
  holdfast_options_free(options);
}

static holdfast_status archived(void* user_data, const char* name, uint64_t offset, uint64_t length, holdfast_reader_driver* out,
                                holdfast_error** err) {
  (void)user_data, (void)name, (void)offset, (void)length, (void)out;
  return holdfast_error_set(err, HOLDFAST_E_INVALID_STATE, "it is archived");
}

/* The archived objects for a host's own target are reported before the target is called. */
static void archived_objects_are_told(void) {
  int released = 0;
  host h;
  holdfast_storage_driver driver = c_storage(&released);
  holdfast_storage *hot = memory(), *cold, *both;
  holdfast_options* options = key_options();
  holdfast_repository* repository;
  holdfast_target* target;
  holdfast_job* job;
  memset(&h, 0, sizeof h);
  driver.read = archived;
  OK(holdfast_storage_new(&cold, &driver, &err));
  OK(holdfast_storage_tiered(&both, hot, cold, &err));
  OK(holdfast_repository_create_on(&repository, both, options, &err));
  holdfast_backup_free(push_backup(repository, "e", "hello", 5));
  OK(holdfast_options_set_int64(options, "tier.age", 0, &err));
  OK(holdfast_move_old_start(&job, both, options, &err));
  OK(holdfast_job_run(job, &err));
  holdfast_job_free(job);
  target = host_target(&h);
  OK(holdfast_restore_start_target(&job, repository, "latest", 0, target, options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_INVALID_STATE, "are archived");
  CHECK(h.preflights == 0 && h.restores == 0);
  holdfast_job_free(job);
  holdfast_target_free(target);
  holdfast_repository_free(repository);
  holdfast_options_free(options);
  holdfast_storage_free(both);
  holdfast_storage_free(cold);
  holdfast_storage_free(hot);
  CHECK(released == 1);
}

static int worst(const holdfast_finding_list* list) {
  size_t i;
  int32_t state = HOLDFAST_FINDING_OK;
  for (i = 0; i < holdfast_finding_list_count(list); ++i) {
    CHECK(holdfast_finding_list_what(list, i)[0] != '\0' && holdfast_finding_list_detail(list, i) != NULL);
    if (holdfast_finding_list_state(list, i) > state) state = holdfast_finding_list_state(list, i);
  }
  CHECK(holdfast_finding_list_state(list, i) == -1 && holdfast_finding_list_what(list, i) == NULL);
  CHECK(holdfast_finding_list_detail(list, i) == NULL);
  return state;
}

static void doctor(void) {
  int released = 0;
  holdfast_storage_driver driver = c_storage(&released);
  void* store = driver.user_data;
  holdfast_storage* place;
  holdfast_finding_list* list;
  holdfast_options* options = no_options();
  OK(holdfast_storage_new(&place, &driver, &err));
  OK(holdfast_storage_diagnose(&list, place, NULL, &err));
  CHECK(holdfast_finding_list_count(list) > 1 && worst(list) <= HOLDFAST_FINDING_WARNING);
  holdfast_finding_list_free(list);
  CHECK(objects(place) == 0);
  c_storage_fail(store, HOLDFAST_E_NETWORK);
  OK(holdfast_storage_diagnose(&list, place, NULL, &err));
  CHECK(worst(list) == HOLDFAST_FINDING_MISSING);
  holdfast_finding_list_free(list);
  holdfast_storage_free(place);
  CHECK(released == 1);

  OK(holdfast_driver_diagnose(&list, "exec", NULL, NULL, &err));
  CHECK(worst(list) == HOLDFAST_FINDING_OK);
  holdfast_finding_list_free(list);
  OK(holdfast_options_add_string(options, "process.program_path", "/nonexistent", &err));
  OK(holdfast_driver_diagnose(&list, NULL, "exec:no-such-program-here", options, &err));
  CHECK(worst(list) == HOLDFAST_FINDING_MISSING);
  holdfast_finding_list_free(list);
  holdfast_options_free(options);
  FAILS(holdfast_driver_diagnose(&list, NULL, NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "name one");
  FAILS(holdfast_driver_diagnose(&list, "nobody", NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "nobody");
  FAILS(holdfast_driver_diagnose(&list, NULL, "nonsense://hush@x", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "nonsense");
  CHECK(list == NULL);
}

int main(void) {
  retrying_and_throttled();
  cached_and_read_only();
  quota();
  replicated();
  replicated_by_uri();
  tiered();
  archived_objects_are_told();
  doctor();
  return 0;
}
