/* Helpers of the tests of the C interface: checks that print where they failed, and end the program. */
#ifndef HOLDFAST_TESTS_CAPI_CHECK_H
#define HOLDFAST_TESTS_CAPI_CHECK_H

#include <string.h>

#include "holdfast.h"
#include "require.h"

#define CHECK_TEXT(text, wanted)                                                                                                     \
  do {                                                                                                                               \
    const char* check_text_ = (text);                                                                                                \
    if (check_text_ == NULL || strcmp(check_text_, (wanted)) != 0) {                                                                 \
      fprintf(stderr, "%s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #text, check_text_ ? check_text_ : "NULL", (wanted)); \
      exit(1);                                                                                                                       \
    }                                                                                                                                \
  } while (0)

/* A call that must succeed; inside it, `err` is the name of its error. */
#define OK(call)                                                                                                                        \
  do {                                                                                                                                  \
    holdfast_error* err = (holdfast_error*)1;                                                                                           \
    holdfast_status ok_status_ = (call);                                                                                                \
    if (ok_status_ != HOLDFAST_OK) {                                                                                                    \
      fprintf(stderr, "%s:%d: %s: %s: %s\n", __FILE__, __LINE__, #call, holdfast_status_name(ok_status_), holdfast_error_message(err)); \
      exit(1);                                                                                                                          \
    }                                                                                                                                   \
    CHECK(err == NULL);                                                                                                                 \
  } while (0)

/* A call that must fail with a status and a message that contains this text. */
#define FAILS(call, wanted, part)                                                                                                          \
  do {                                                                                                                                     \
    holdfast_error* err = NULL;                                                                                                            \
    holdfast_status fails_status_ = (call);                                                                                                \
    if (fails_status_ != (wanted) || holdfast_error_code(err) != (wanted) || strstr(holdfast_error_message(err), (part)) == NULL) {        \
      fprintf(stderr, "%s:%d: %s: %s: %s\n", __FILE__, __LINE__, #call, holdfast_status_name(fails_status_), holdfast_error_message(err)); \
      exit(1);                                                                                                                             \
    }                                                                                                                                      \
    CHECK(holdfast_error_domain(err)[0] != '\0');                                                                                          \
    CHECK(strchr(holdfast_error_message(err), '\n') == NULL);                                                                              \
    holdfast_error_free(err);                                                                                                              \
  } while (0)

/* Not every test needs every helper. */
#if defined(__GNUC__)
#define HELPER static __attribute__((unused))
#else
#define HELPER static
#endif

#define RAW_KEY "0123456789abcdef0123456789abcdef"

/* Options with a raw key, which is quick to use. */
HELPER holdfast_options* key_options(void) {
  holdfast_options* options;
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_bytes(options, "repository.key", RAW_KEY, 32, &err));
  return options;
}

/* An encrypted repository in memory. */
HELPER holdfast_repository* memory_repository(void) {
  holdfast_options* options = key_options();
  holdfast_repository* repository;
  OK(holdfast_repository_create(&repository, "memory:", options, &err));
  holdfast_options_free(options);
  return repository;
}

/* Makes one backup with one entry of these bytes. Returns its handle, which may be NULL. */
HELPER holdfast_backup* push_backup(holdfast_repository* repository, const char* entry, const void* data, size_t length) {
  holdfast_backup_writer* writer;
  holdfast_writer* stream;
  holdfast_backup* backup;
  size_t source = 99;
  OK(holdfast_backup_writer_begin(&writer, repository, NULL, &err));
  OK(holdfast_backup_writer_add_source(&source, writer, "app:notes", "notes", &err));
  CHECK(source == 0);
  OK(holdfast_backup_writer_open(&stream, writer, source, entry, "stream", NULL, &err));
  OK(holdfast_writer_write(stream, data, length, &err));
  OK(holdfast_writer_commit(stream, &err));
  holdfast_writer_free(stream);
  OK(holdfast_backup_writer_commit(&backup, writer, &err));
  holdfast_backup_writer_free(writer);
  return backup;
}

HELPER size_t count_backups(holdfast_repository* repository) {
  holdfast_backup_list* list;
  size_t count;
  OK(holdfast_repository_list(&list, repository, NULL, &err));
  count = holdfast_backup_list_count(list);
  holdfast_backup_list_free(list);
  return count;
}

/* Reads to the end. The caller must free the result. */
HELPER char* read_all(holdfast_reader* reader, size_t* length_out) {
  size_t capacity = 7, length = 0, got = 0;
  char* all = (char*)malloc(capacity);
  do {
    if (length == capacity) {
      capacity *= 2;
      all = (char*)realloc(all, capacity);
    }
    OK(holdfast_reader_read(&got, reader, all + length, capacity - length, &err));
    length += got;
  } while (got > 0);
  *length_out = length;
  return all;
}

#endif
