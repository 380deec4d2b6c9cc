/* The N-th allocation fails, for N = 1, 2, … until a run needs no more: each run ends with an error or well, never with a crash. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#include <stdio.h>
int main(void) {
  puts("SKIP: a sanitizer has the allocator; the release build runs this");
  return 77;
}
#else
#include <errno.h>
#include <stddef.h>

#include "check.h"

/* The C library's own allocator under its second names; what stands here takes the place of the first in every library of the process. */
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);

static long left = -1; /* allocations until one fails; -1: none does */
static int persistent; /* and all after it */

static int phase; /* where the life is */
static int armed; /* where allocations fail */

static int fails(void) {
  long now = __atomic_load_n(&left, __ATOMIC_RELAXED);
  if (phase != armed) return 0;
  if (now < 0) return 0;
  if (now == 0) return persistent;
  return __atomic_sub_fetch(&left, 1, __ATOMIC_RELAXED) == 0;
}

void* malloc(size_t size) {
  if (!fails()) return __libc_malloc(size);
  errno = ENOMEM;
  return NULL;
}

void* calloc(size_t count, size_t size) {
  if (!fails()) return __libc_calloc(count, size);
  errno = ENOMEM;
  return NULL;
}

void* realloc(void* memory, size_t size) {
  if (!fails()) return __libc_realloc(memory, size);
  errno = ENOMEM;
  return NULL;
}

enum { OPTIONS = 1, CREATE, WRITE, READ, JOB, PLAN, PHASES };

/* Everything a host does in a small life, giving up at the first failure. Says whether all of it worked. */
static holdfast_status life(void) {
  holdfast_options* options = NULL;
  holdfast_repository* repository = NULL;
  holdfast_backup_writer* writer = NULL;
  holdfast_writer* stream = NULL;
  holdfast_backup* backup = NULL;
  holdfast_manifest* manifest = NULL;
  holdfast_reader* reader = NULL;
  holdfast_backup_list* list = NULL;
  holdfast_retention_plan* plan = NULL;
  holdfast_job* job = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  static char data[100000];
  size_t source, length;
#define TRY(call)                                               \
  do {                                                          \
    status = (call);                                            \
    if (status != HOLDFAST_OK) {                                \
      CHECK(err != NULL && holdfast_error_code(err) == status); \
      CHECK(holdfast_error_message(err)[0] != '\0');            \
      goto over;                                                \
    }                                                           \
  } while (0)
  phase = OPTIONS;
  TRY(holdfast_options_new(&options, &err));
  TRY(holdfast_options_set_bytes(options, "repository.key", RAW_KEY, 32, &err));
  TRY(holdfast_options_set_int64(options, "expire.keep_last", 1, &err));
  TRY(holdfast_options_set_int64(options, "limits.jobs", 1, &err));
  TRY(holdfast_options_set_string(options, "backup.tag.a-rather-long-name-of-a-tag", "and a value that is long as well", &err));
  phase = CREATE;
  TRY(holdfast_repository_create(&repository, "memory:", options, &err));
  phase = WRITE;
  TRY(holdfast_backup_writer_begin(&writer, repository, options, &err));
  TRY(holdfast_backup_writer_add_source(&source, writer, "app:notes", "notes", &err));
  TRY(holdfast_backup_writer_open(&stream, writer, source, "entry", "stream", options, &err));
  TRY(holdfast_writer_write(stream, data, sizeof data, &err));
  TRY(holdfast_writer_commit(stream, &err));
  TRY(holdfast_backup_writer_commit(&backup, writer, &err));
  phase = READ;
  TRY(holdfast_repository_list(&list, repository, NULL, &err));
  TRY(holdfast_manifest_open(&manifest, repository, "latest", options, &err));
  TRY(holdfast_manifest_read(&reader, manifest, holdfast_manifest_entry(manifest, 0), &err));
  do {
    TRY(holdfast_reader_read(&length, reader, data, sizeof data, &err));
  } while (length > 0);
  phase = JOB;
  TRY(holdfast_verify_start(&job, repository, "latest", options, &err));
  TRY(holdfast_job_run(job, &err));
  phase = PLAN;
  TRY(holdfast_retention_plan_new(&plan, repository, options, &err));
over:
  holdfast_error_free(err);
  holdfast_job_free(job);
  holdfast_retention_plan_free(plan);
  holdfast_reader_free(reader);
  holdfast_manifest_free(manifest);
  holdfast_backup_list_free(list);
  holdfast_backup_free(backup);
  holdfast_writer_free(stream);
  holdfast_backup_writer_free(writer);
  holdfast_repository_free(repository);
  holdfast_options_free(options);
  return status;
}

static long loop(int lasting, long step) {
  long n = 1;
  holdfast_status status;
  persistent = lasting;
  for (;;) {
    __atomic_store_n(&left, n, __ATOMIC_RELAXED);
    status = life();
    if (__atomic_load_n(&left, __ATOMIC_RELAXED) > 0) break; /* nothing failed */
    __atomic_store_n(&left, -1, __ATOMIC_RELAXED);
    n += step;
  }
  __atomic_store_n(&left, -1, __ATOMIC_RELAXED);
  CHECK(status == HOLDFAST_OK);
  return n;
}

int main(int argc, char** argv) {
  long step = getenv("CAPI_UNDER_VALGRIND") != NULL ? 97 : 1, once, ever;
  CHECK(life() == HOLDFAST_OK);
  armed = atoi(argv[1]);
  once = loop(0, step);
  ever = loop(1, step);
  CHECK(life() == HOLDFAST_OK);
  printf("%d %ld allocations, each failed once; %ld, each with all that followed\n", argc, once, ever);
  return 0;
}
#endif
