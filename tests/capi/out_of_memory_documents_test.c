/* Like out_of_memory_test.c, for code that reads and writes the records of a packed repository, the documents of a plain
 * one and other JSON. Each failure happens in a child, which gets a status and then finds every backup undamaged. No
 * child may end in another way, least of all by std::terminate(). */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#include <stdio.h>
int main(void) {
  puts("SKIP: a sanitizer has the allocator; the release build runs this");
  return 77;
}
#else
#include <sys/wait.h>
#include <unistd.h>

#include "out_of_memory.h"

enum { NOTHING_FAILED = 3 };

/* Made before any child; the children use it. */
static holdfast_storage* storage;
static holdfast_repository *repository, *plain, *destination;
static holdfast_options *options, *plain_options;
static char first[128], removed[128], plain_first[128]; /* ids */

static holdfast_status opening(void) {
  holdfast_repository* again = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  TRY(holdfast_repository_open_on(&again, storage, options, &err));
over:
  holdfast_error_free(err);
  holdfast_repository_free(again);
  return status;
}

static holdfast_status look_at(holdfast_repository* repository, const char* id) {
  holdfast_backup_list* list = NULL;
  holdfast_backup* backup = NULL;
  holdfast_manifest* manifest = NULL;
  holdfast_diff* diff = NULL;
  holdfast_retention_plan* plan = NULL;
  holdfast_verify_report* report = NULL;
  char* anchor = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  TRY(holdfast_repository_list(&list, repository, NULL, &err));
  TRY(holdfast_repository_find(&backup, repository, "latest", NULL, &err));
  TRY(holdfast_manifest_open(&manifest, repository, id, NULL, &err));
  TRY(holdfast_repository_diff(&diff, repository, id, "latest", NULL, &err));
  TRY(holdfast_retention_plan_new(&plan, repository, options, &err));
  TRY(holdfast_repository_anchor(&anchor, repository, NULL, &err));
  TRY(holdfast_repository_check_anchor(&report, repository, anchor, NULL, &err));
over:
  holdfast_error_free(err);
  holdfast_verify_report_free(report);
  holdfast_string_free(anchor);
  holdfast_retention_plan_free(plan);
  holdfast_diff_free(diff);
  holdfast_manifest_free(manifest);
  holdfast_backup_free(backup);
  holdfast_backup_list_free(list);
  return status;
}

static holdfast_status looking(void) { return look_at(repository, first); }
static holdfast_status looking_at_plain(void) { return look_at(plain, "latest"); }

static holdfast_status create(holdfast_options* with) {
  holdfast_repository* made = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  TRY(holdfast_repository_create(&made, "memory:", with, &err));
over:
  holdfast_error_free(err);
  holdfast_repository_free(made);
  return status;
}

static holdfast_status creating(void) { return create(options); }
static holdfast_status creating_a_plain_one(void) { return create(plain_options); }

static holdfast_status reading_options(void) {
  static const char json[] =
      "{\"backup.include\": [\"a name that needs memory of its own\", \"b\"], \"repository.password\": \"hush-hush\", \"gc.dry_run\": true,"
      " \"gc.grace\": 7}";
  static const char wrong[] = "{\"backup.include\": [\"a name that needs memory of its own\", [[1], {\"a\": 1}]], \"gc.grace\": ";
  holdfast_options* made = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  TRY(holdfast_options_from_json(&made, json, sizeof json - 1, &err));
  status = holdfast_options_from_json(NULL, wrong, sizeof wrong - 1, NULL);
  if (status == HOLDFAST_E_INVALID_ARGUMENT) status = HOLDFAST_OK;
over:
  holdfast_error_free(err);
  holdfast_options_free(made);
  return status;
}

static holdfast_status push_into(holdfast_repository* repository) {
  holdfast_backup_writer* writer = NULL;
  holdfast_writer* stream = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  size_t source;
  TRY(holdfast_backup_writer_begin(&writer, repository, options, &err));
  TRY(holdfast_backup_writer_add_source(&source, writer, "app:notes", "notes", &err));
  TRY(holdfast_backup_writer_note(writer, source, "a-long-name-of-a-note", "and a value that is long as well", &err));
  TRY(holdfast_backup_writer_open(&stream, writer, source, "entry", "stream", NULL, &err));
  TRY(holdfast_writer_write(stream, "some bytes", 10, &err));
  TRY(holdfast_writer_commit(stream, &err));
  TRY(holdfast_backup_writer_commit(NULL, writer, &err));
over:
  holdfast_error_free(err);
  holdfast_writer_free(stream);
  holdfast_backup_writer_free(writer);
  return status;
}

static holdfast_status pushing(void) { return push_into(repository); }
static holdfast_status pushing_into_a_plain_one(void) { return push_into(plain); }

/* A job and its result. */
#define JOB(name, start, result_type, result) \
  static holdfast_status name(void) {         \
    holdfast_job* job = NULL;                 \
    result_type* report = NULL;               \
    holdfast_error* err = NULL;               \
    holdfast_status status;                   \
    TRY(start);                               \
    TRY(holdfast_job_run(job, &err));         \
    TRY(result);                              \
  over:                                       \
    holdfast_error_free(err);                 \
    result_type##_free(report);               \
    holdfast_job_free(job);                   \
    return status;                            \
  }

JOB(verifying, holdfast_verify_start(&job, repository, first, options, &err), holdfast_verify_report,
    holdfast_job_verify_report(&report, job, &err))
JOB(verifying_a_plain_one, holdfast_verify_start(&job, plain, plain_first, options, &err), holdfast_verify_report,
    holdfast_job_verify_report(&report, job, &err))
JOB(verifying_all, holdfast_verify_all_start(&job, repository, options, &err), holdfast_verify_list,
    holdfast_job_verify_list(&report, job, &err))
JOB(expiring, holdfast_expire_start(&job, repository, options, &err), holdfast_retention_plan,
    holdfast_job_retention_plan(&report, job, &err))
JOB(expiring_in_a_plain_one, holdfast_expire_start(&job, plain, options, &err), holdfast_retention_plan,
    holdfast_job_retention_plan(&report, job, &err))
JOB(copying, holdfast_copy_start(&job, repository, first, destination, options, &err), holdfast_backup,
    holdfast_job_backup(&report, job, &err))

/* A job whose result is a struct. */
#define STRUCT_JOB(name, start, result_type, result) \
  static holdfast_status name(void) {                \
    holdfast_job* job = NULL;                        \
    result_type report;                              \
    holdfast_error* err = NULL;                      \
    holdfast_status status;                          \
    memset(&report, 0, sizeof report);               \
    report.struct_size = sizeof report;              \
    TRY(start);                                      \
    TRY(holdfast_job_run(job, &err));                \
    TRY(result);                                     \
  over:                                              \
    holdfast_error_free(err);                        \
    holdfast_job_free(job);                          \
    return status;                                   \
  }

STRUCT_JOB(collecting, holdfast_gc_start(&job, repository, options, &err), holdfast_garbage_report,
           holdfast_job_garbage_report(job, &report, &err))
STRUCT_JOB(repairing, holdfast_repair_start(&job, repository, options, &err), holdfast_repair_report,
           holdfast_job_repair_report(job, &report, &err))

static holdfast_status removing(void) {
  holdfast_error* err = NULL;
  holdfast_status status;
  TRY(holdfast_repository_undo_remove(repository, removed, options, &err));
  TRY(holdfast_repository_remove(repository, removed, options, &err));
over:
  holdfast_error_free(err);
  return status;
}

static holdfast_status removing_from_a_plain_one(void) {
  holdfast_error* err = NULL;
  holdfast_status status;
  TRY(holdfast_repository_remove(plain, plain_first, options, &err));
over:
  holdfast_error_free(err);
  return status;
}

static holdfast_status changing_keys(void) {
  holdfast_key_list* list = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  char* id = NULL;
  TRY(holdfast_key_add(&id, repository, HOLDFAST_KEY_RAW, "abcdefghijklmnopabcdefghijklmnop", 32, &err));
  TRY(holdfast_key_list_new(&list, repository, &err));
  TRY(holdfast_key_rotate(repository, &err));
  TRY(holdfast_key_remove(repository, id, &err));
over:
  holdfast_error_free(err);
  holdfast_key_list_free(list);
  holdfast_string_free(id);
  return status;
}

static void all_is_whole(holdfast_repository* repository) {
  holdfast_job* job;
  holdfast_verify_list* list;
  size_t i;
  OK(holdfast_verify_all_start(&job, repository, options, &err));
  OK(holdfast_job_run(job, &err));
  OK(holdfast_job_verify_list(&list, job, &err));
  CHECK(holdfast_verify_list_count(list) >= 1);
  for (i = 0; i < holdfast_verify_list_count(list); ++i) CHECK(holdfast_verify_report_ok(holdfast_verify_list_at(list, i)));
}

static void in_child(life live, holdfast_repository* affected, long n, int lasting) {
  int failed;
  alarm(120);
  fail_at(n, lasting);
  count(1);
  live();
  count(0);
  failed = has_failed();
  fail_at(-1, 0);
  all_is_whole(affected);
  _exit(failed ? 0 : NOTHING_FAILED);
}

/* Returns whether an allocation failed, and everything went well nevertheless. */
static int fails_well(life live, holdfast_repository* affected, long n, int lasting) {
  char said[500] = "";
  size_t length = 0;
  ssize_t got;
  int ends[2], status = 0;
  pid_t child;
  CHECK(pipe(ends) == 0);
  child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    dup2(ends[1], 2);
    close(ends[0]);
    in_child(live, affected, n, lasting);
  }
  close(ends[1]);
  while ((got = read(ends[0], said + length, sizeof said - 1 - length)) > 0) length += (size_t)got;
  close(ends[0]);
  CHECK(waitpid(child, &status, 0) == child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == NOTHING_FAILED) return 0;
  fprintf(stderr, "allocation %ld%s: wait status %d: %s\n", n, lasting ? " and all that followed" : "", status, said);
  exit(1);
}

static void fail_in_children(const char* what, life live, holdfast_repository* affected, long step) {
  int lasting;
  long n[2];
  for (lasting = 0; lasting < 2; ++lasting) {
    for (n[lasting] = 1 + lasting; fails_well(live, affected, n[lasting], lasting); n[lasting] += step) {
    }
  }
  printf("%s: %ld allocations failed alone, one in %ld, %ld with all that followed\n", what, n[0], step, n[1]);
  fflush(stdout);
}

static void set_up(void) {
  holdfast_backup* backup;
  options = key_options();
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  OK(holdfast_repository_create_on(&repository, storage, options, &err));
  destination = memory_repository();
  holdfast_options_free(options);
  plain_options = key_options();
  OK(holdfast_options_set_string(plain_options, "repository.layout", "plain", &err));
  OK(holdfast_repository_create(&plain, "memory:", plain_options, &err));
  backup = push_backup(plain, "first", "0", 1);
  strcpy(plain_first, holdfast_backup_id(backup));
  holdfast_backup_free(backup);
  holdfast_backup_free(push_backup(plain, "second", "1", 1));
  options = key_options();
  OK(holdfast_options_set_int64(options, "limits.jobs", 1, &err));
  OK(holdfast_options_set_int64(options, "expire.keep_last", 1, &err));
  OK(holdfast_options_set_string(options, "verify.level", "full", &err));
  backup = push_backup(repository, "removed", "1", 1);
  strcpy(removed, holdfast_backup_id(backup));
  holdfast_backup_free(backup);
  OK(holdfast_repository_remove(repository, removed, NULL, &err));
  backup = push_backup(repository, "first", "2", 1);
  strcpy(first, holdfast_backup_id(backup));
  holdfast_backup_free(backup);
  holdfast_backup_free(push_backup(repository, "second", "3", 1));
}

int main(void) {
  static const struct {
    const char* name;
    life live;
    holdfast_repository** affected;
  } lives[] = {{"opening", opening, &repository},
               {"looking", looking, &repository},
               {"looking at a plain one", looking_at_plain, &plain},
               {"creating", creating, &repository},
               {"creating a plain one", creating_a_plain_one, &plain},
               {"reading options", reading_options, &repository},
               {"pushing", pushing, &repository},
               {"pushing into a plain one", pushing_into_a_plain_one, &plain},
               {"verifying", verifying, &repository},
               {"verifying a plain one", verifying_a_plain_one, &plain},
               {"verifying all", verifying_all, &repository},
               {"expiring", expiring, &repository},
               {"expiring in a plain one", expiring_in_a_plain_one, &plain},
               {"copying", copying, &repository},
               {"collecting", collecting, &repository},
               {"repairing", repairing, &repository},
               {"removing", removing, &repository},
               {"removing from a plain one", removing_from_a_plain_one, &plain},
               {"changing keys", changing_keys, &repository}};
  size_t i;
  if (getenv("CAPI_UNDER_VALGRIND") != NULL) {
    puts("SKIP: children that end amid their work leak");
    return 77;
  }
  set_up();
  for (i = 0; i < sizeof lives / sizeof *lives; ++i) fail_in_children(lives[i].name, lives[i].live, *lives[i].affected, 11);
  return 0;
}
#endif
