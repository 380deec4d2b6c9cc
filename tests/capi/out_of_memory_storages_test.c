/* Like out_of_memory_test.c, for composed storages and the jobs that maintain them. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#include <stdio.h>
int main(void) {
  puts("SKIP: a sanitizer has the allocator; the release build runs this");
  return 77;
}
#else
#include "holdfast_storages.h"
#include "out_of_memory.h"

static holdfast_status see(void* user_data, const holdfast_object_info* object) {
  *(size_t*)user_data += strlen(object->name);
  return HOLDFAST_OK;
}

/* The calls of a storage. */
static holdfast_status use(holdfast_storage* storage, holdfast_error** out) {
  static const char name[] = "index/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  holdfast_reader* reader = NULL;
  holdfast_writer* writer = NULL;
  holdfast_object_info info;
  holdfast_error* err = NULL;
  holdfast_status status;
  char buffer[100];
  size_t length, seen = 0;
  memset(&info, 0, sizeof info);
  info.struct_size = sizeof info;
  TRY(holdfast_storage_put_new(storage, name, "abc", 3, &err));
  TRY(holdfast_storage_write(&writer, storage, "an/object/with/a/long/name", &err));
  TRY(holdfast_writer_write(writer, "streamed", 8, &err));
  TRY(holdfast_writer_commit(writer, &err));
  TRY(holdfast_storage_stat(storage, name, &info, &err));
  TRY(holdfast_storage_list(storage, "", see, &seen, &err));
  TRY(holdfast_storage_read(&reader, storage, name, 0, UINT64_MAX, &err));
  do {
    TRY(holdfast_reader_read(&length, reader, buffer, sizeof buffer, &err));
  } while (length > 0);
  TRY(holdfast_storage_remove(storage, name, &err));
over:
  holdfast_reader_free(reader);
  holdfast_writer_free(writer);
  *out = err;
  return status;
}

static holdfast_storage* memory(void) {
  holdfast_storage* storage;
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  return storage;
}

static holdfast_status composed(void) {
  holdfast_storage *inner = memory(), *other = memory(), *pair[2];
  holdfast_storage *retrying = NULL, *throttled = NULL, *quota = NULL, *cached = NULL, *read_only = NULL, *tiered = NULL;
  holdfast_options* options = key_options();
  holdfast_finding_list* findings = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  size_t seen = 0;
  pair[0] = inner;
  pair[1] = other;
  OK(holdfast_options_set_int64(options, "quota.limit", 1 << 20, &err));
  OK(holdfast_options_set_int64(options, "retry.deadline", 1000, &err));
  count(1);
  TRY(holdfast_storage_retrying(&retrying, inner, options, &err));
  TRY(holdfast_storage_throttled(&throttled, retrying, options, &err));
  TRY(holdfast_storage_quota(&quota, throttled, options, NULL, NULL, NULL, &err));
  TRY(holdfast_storage_cached(&cached, quota, other, "index/", &err));
  TRY(use(cached, &err));
  TRY(holdfast_storage_read_only(&read_only, cached, &err));
  TRY(holdfast_storage_list(read_only, "", see, &seen, &err));
  TRY(holdfast_storage_tiered(&tiered, pair[1], pair[0], &err));
  TRY(holdfast_storage_list_cold(tiered, "", see, &seen, &err));
  TRY(holdfast_storage_diagnose(&findings, tiered, options, &err));
over:
  holdfast_error_free(err);
  holdfast_finding_list_free(findings);
  holdfast_storage_free(tiered);
  holdfast_storage_free(read_only);
  holdfast_storage_free(cached);
  holdfast_storage_free(quota);
  holdfast_storage_free(throttled);
  holdfast_storage_free(retrying);
  holdfast_options_free(options);
  count(0);
  holdfast_storage_free(inner);
  holdfast_storage_free(other);
  return status;
}

static holdfast_status remember(void* user_data, const holdfast_object_info* object) {
  strcpy((char*)user_data, object->name);
  return HOLDFAST_OK;
}

/* A repository on two storages, one of which lost something. */
static void make_set(holdfast_storage* pair[2]) {
  holdfast_options* options = key_options();
  holdfast_storage* set;
  holdfast_repository* repository;
  char lost[1025] = "";
  OK(holdfast_options_set_string(options, "replica.use", "create", &err));
  OK(holdfast_storage_replicated(&set, pair, 2, options, &err));
  OK(holdfast_repository_create_on(&repository, set, options, &err));
  holdfast_backup_free(push_backup(repository, "e", "on both", 7));
  holdfast_repository_free(repository);
  holdfast_storage_free(set);
  holdfast_options_free(options);
  OK(holdfast_storage_list(pair[1], "packs/", remember, lost, &err));
  OK(holdfast_storage_remove(pair[1], lost, &err));
}

/* The jobs that maintain storages. */
static holdfast_status maintenance(void) {
  holdfast_storage *pair[2], *replicated = NULL, *tiered = NULL;
  holdfast_options* options = key_options();
  holdfast_job *repair = NULL, *move = NULL;
  holdfast_replica_report *states = NULL, *repaired = NULL;
  holdfast_tier_report moved;
  holdfast_error* err = NULL;
  holdfast_status status;
  memset(&moved, 0, sizeof moved);
  moved.struct_size = sizeof moved;
  pair[0] = memory();
  pair[1] = memory();
  make_set(pair);
  OK(holdfast_options_set_int64(options, "limits.jobs", 1, &err));
  OK(holdfast_options_set_int64(options, "tier.age", 0, &err));
  count(1);
  TRY(holdfast_storage_replicated(&replicated, pair, 2, options, &err));
  TRY(holdfast_replica_repair_start(&repair, replicated, options, &err));
  TRY(holdfast_job_run(repair, &err));
  TRY(holdfast_job_replica_report(&repaired, repair, &err));
  TRY(holdfast_storage_replicas(&states, replicated, &err));
  TRY(use(replicated, &err));
  TRY(holdfast_storage_tiered(&tiered, pair[0], pair[1], &err));
  TRY(holdfast_move_old_start(&move, tiered, options, &err));
  TRY(holdfast_job_run(move, &err));
  TRY(holdfast_job_tier_report(move, &moved, &err));
over:
  holdfast_error_free(err);
  holdfast_job_free(repair);
  holdfast_job_free(move);
  holdfast_replica_report_free(states);
  holdfast_replica_report_free(repaired);
  holdfast_storage_free(tiered);
  holdfast_storage_free(replicated);
  holdfast_options_free(options);
  count(0);
  holdfast_storage_free(pair[0]);
  holdfast_storage_free(pair[1]);
  return status;
}

int main(void) {
  fail_everywhere("storages made of others", composed);
  fail_everywhere("repair of copies, moving old objects", maintenance);
  return 0;
}
#endif
