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
#include "holdfast_driver.h"

/* The C library's own allocator under its second names; what stands here takes the place of the first in every library of the process. */
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);

static long left = -1; /* allocations until one fails; -1: none does */
static int persistent; /* and all after it */

enum { SETTING_UP, OPTIONS, STREAMS, WRITING, READING, PHASES };
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

typedef struct bytes {
  size_t left;
} bytes;

static holdfast_status give(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
  bytes* b = (bytes*)user_data;
  size_t length = b->left < capacity ? b->left : capacity;
  (void)err;
  memset(buffer, 'b', length);
  b->left -= length;
  *length_out = length;
  return HOLDFAST_OK;
}

static holdfast_status on_event(void* user_data, const holdfast_event* event) {
  (void)user_data;
  (void)event;
  return HOLDFAST_OK;
}

#define TRY(call)                                               \
  do {                                                          \
    status = (call);                                            \
    if (status != HOLDFAST_OK) {                                \
      CHECK(err != NULL && holdfast_error_code(err) == status); \
      CHECK(holdfast_error_message(err)[0] != '\0');            \
      goto over;                                                \
    }                                                           \
  } while (0)

/* Options of every type, a storage and a pipeline as a job with a stream and a callback of the host's. */
static holdfast_status streams(void) {
  holdfast_options* options = NULL;
  holdfast_storage* storage = NULL;
  holdfast_pipeline* pipeline = NULL;
  holdfast_transform *zstd = NULL, *sealed = NULL;
  holdfast_reader *reader = NULL, *stored = NULL, *decoder = NULL;
  holdfast_cancel_token* token = NULL;
  holdfast_job* job = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  holdfast_reader_driver driver;
  bytes b = {300000};
  static char buffer[1000];
  size_t length;
  memset(&driver, 0, sizeof driver);
  driver.struct_size = sizeof driver;
  driver.user_data = &b;
  driver.read = give;
  phase = OPTIONS;
  TRY(holdfast_options_new(&options, &err));
  TRY(holdfast_options_set_bytes(options, "repository.key", RAW_KEY, 32, &err));
  TRY(holdfast_options_set_int64(options, "limits.jobs", 1, &err));
  TRY(holdfast_options_set_string(options, "backup.tag.a-rather-long-name-of-a-tag", "and a value that is long as well", &err));
  TRY(holdfast_options_add_string(options, "verify.query", "SELECT 1 FROM a_table_with_a_long_name", &err));
  TRY(holdfast_cancel_token_new(&token, &err));
  TRY(holdfast_options_set_cancel(options, token, &err));
  TRY(holdfast_options_set_events(options, on_event, NULL, NULL, &err));
  phase = STREAMS;
  TRY(holdfast_storage_open(&storage, "memory:", NULL, &err));
  TRY(holdfast_pipeline_new(&pipeline, &err));
  TRY(holdfast_transform_compression(&zstd, "zstd:1", &err));
  TRY(holdfast_transform_aes256gcm(&sealed, RAW_KEY, 32, NULL, &err));
  TRY(holdfast_pipeline_add(pipeline, zstd, &err));
  TRY(holdfast_pipeline_add(pipeline, sealed, &err));
  TRY(holdfast_reader_new(&reader, &driver, &err));
  TRY(holdfast_pipeline_start(&job, pipeline, reader, storage, "an/object/with/a/long/name", options, &err));
  TRY(holdfast_job_run(job, &err));
  TRY(holdfast_storage_read(&stored, storage, "an/object/with/a/long/name", 0, UINT64_MAX, &err));
  TRY(holdfast_pipeline_decode(&decoder, pipeline, stored, &err));
  do {
    TRY(holdfast_reader_read(&length, decoder, buffer, sizeof buffer, &err));
  } while (length > 0);
over:
  holdfast_error_free(err);
  holdfast_job_free(job);
  holdfast_reader_free(decoder);
  holdfast_reader_free(stored);
  holdfast_reader_free(reader);
  holdfast_transform_free(zstd);
  holdfast_transform_free(sealed);
  holdfast_pipeline_free(pipeline);
  holdfast_storage_free(storage);
  holdfast_cancel_token_free(token);
  holdfast_options_free(options);
  phase = SETTING_UP;
  return status;
}

/* The bytes of a backup on their way in and out. Its documents are not looked at here: the JSON library behind them allocates in
 * destructors, so that running out of memory just there ends the process (docs/embedding.md says so). */
static holdfast_status backup(void) {
  holdfast_repository* repository = memory_repository();
  holdfast_backup_writer* writer = NULL;
  holdfast_writer* stream = NULL;
  holdfast_manifest* manifest = NULL;
  holdfast_reader* reader = NULL;
  holdfast_error* err = NULL;
  holdfast_status status;
  static char data[100000];
  size_t source, length;
  TRY(holdfast_backup_writer_begin(&writer, repository, NULL, &err));
  TRY(holdfast_backup_writer_add_source(&source, writer, "app:notes", "notes", &err));
  phase = WRITING;
  TRY(holdfast_backup_writer_open(&stream, writer, source, "entry", "stream", NULL, &err));
  TRY(holdfast_writer_note(stream, "a-long-name-of-an-attribute", "and a value that is long as well", &err));
  TRY(holdfast_writer_write(stream, data, sizeof data, &err));
  TRY(holdfast_writer_commit(stream, &err));
  phase = SETTING_UP;
  TRY(holdfast_backup_writer_commit(NULL, writer, &err));
  TRY(holdfast_manifest_open(&manifest, repository, "latest", NULL, &err));
  phase = READING;
  TRY(holdfast_manifest_read(&reader, manifest, holdfast_manifest_entry(manifest, 0), &err));
  do {
    TRY(holdfast_reader_read(&length, reader, data, sizeof data, &err));
  } while (length > 0);
over:
  holdfast_error_free(err);
  holdfast_reader_free(reader);
  holdfast_manifest_free(manifest);
  holdfast_writer_free(stream);
  holdfast_backup_writer_free(writer);
  phase = SETTING_UP;
  holdfast_repository_free(repository);
  return status;
}

static holdfast_status life(void) {
  holdfast_status status = streams();
  return status == HOLDFAST_OK ? backup() : status;
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

int main(void) {
  /* Under valgrind one allocation in many, for time. */
  long step = getenv("CAPI_UNDER_VALGRIND") != NULL ? 37 : 1, once, ever;
  CHECK(life() == HOLDFAST_OK);
  for (armed = OPTIONS; armed < PHASES; ++armed) {
    once = loop(0, step);
    ever = loop(1, step);
    CHECK(life() == HOLDFAST_OK);
    printf("phase %d: %ld allocations failed once each, %ld with all that followed\n", armed, once, ever);
  }
  return 0;
}
#endif
