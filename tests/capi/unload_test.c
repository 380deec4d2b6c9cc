/* A host that loads and unloads the library any number of times: unload_test LIBRARY. Not linked with it. */
#include <dlfcn.h>
#include <string.h>

#include "holdfast.h"
#include "require.h"

static void* library;

typedef void (*function)(void);

static function find(const char* name) {
  void* found = dlsym(library, name);
  function result;
  CHECK(found != NULL);
  memcpy(&result, &found, sizeof result);
  return result;
}

/* A function of the library, as declared in the header. */
#define F(name) ((__typeof__(&name))find(#name))

static holdfast_repository* make(void) {
  static const char key[] = "0123456789abcdef0123456789abcdef";
  holdfast_options* options;
  holdfast_repository* repository;
  CHECK(F(holdfast_options_new)(&options, NULL) == HOLDFAST_OK);
  CHECK(F(holdfast_options_set_bytes)(options, "repository.key", key, 32, NULL) == HOLDFAST_OK);
  CHECK(F(holdfast_repository_create)(&repository, "memory:", options, NULL) == HOLDFAST_OK);
  F(holdfast_options_free)(options);
  return repository;
}

static void back_up(holdfast_repository* repository) {
  static char data[100000];
  holdfast_backup_writer* writer;
  holdfast_writer* stream;
  size_t source;
  CHECK(F(holdfast_backup_writer_begin)(&writer, repository, NULL, NULL) == HOLDFAST_OK);
  CHECK(F(holdfast_backup_writer_add_source)(&source, writer, "app:notes", "notes", NULL) == HOLDFAST_OK);
  CHECK(F(holdfast_backup_writer_open)(&stream, writer, source, "entry", "stream", NULL, NULL) == HOLDFAST_OK);
  CHECK(F(holdfast_writer_write)(stream, data, sizeof data, NULL) == HOLDFAST_OK);
  CHECK(F(holdfast_writer_commit)(stream, NULL) == HOLDFAST_OK);
  CHECK(F(holdfast_backup_writer_commit)(NULL, writer, NULL) == HOLDFAST_OK);
  F(holdfast_writer_free)(stream);
  F(holdfast_backup_writer_free)(writer);
}

static void verify(holdfast_repository* repository) {
  holdfast_job* job;
  CHECK(F(holdfast_verify_all_start)(&job, repository, NULL, NULL) == HOLDFAST_OK);
  CHECK(F(holdfast_job_run)(job, NULL) == HOLDFAST_OK);
  F(holdfast_job_free)(job);
}

static void fail(holdfast_repository* repository) {
  holdfast_error* error;
  holdfast_backup* backup;
  CHECK(F(holdfast_repository_find)(&backup, repository, "no-such", NULL, &error) == HOLDFAST_E_NOT_FOUND);
  F(holdfast_error_free)(error);
}

/* Number of memory pages of this process. */
static long pages(void) {
  long size, resident;
  FILE* file = fopen("/proc/self/statm", "r");
  CHECK(file != NULL && fscanf(file, "%ld %ld", &size, &resident) == 2);
  fclose(file);
  return size;
}

int main(int argc, char** argv) {
  int round, rounds = getenv("CAPI_UNDER_VALGRIND") != NULL ? 3 : 60;
  long before = 0;
  CHECK(argc == 2);
  for (round = 0; round < rounds; ++round) {
    holdfast_repository* repository;
    library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) fprintf(stderr, "%s\n", dlerror());
    CHECK(library != NULL);
    repository = make();
    back_up(repository);
    verify(repository);
    fail(repository);
    F(holdfast_repository_free)(repository);
    CHECK(dlclose(library) == 0);
    if (round == rounds / 2) before = pages();
  }
  CHECK(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL); /* unloaded each time, with its memory: */
  printf("%ld pages at half time, %ld at the end\n", before, pages());
  /* Sanitizers and valgrind keep freed memory for a while, and report leaks themselves. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(getenv("CAPI_UNDER_VALGRIND") != NULL || pages() < before + 1000);
#endif
  return 0;
}
