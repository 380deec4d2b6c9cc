/* Helpers of the out-of-memory tests: an allocator that fails when the test tells it to. Include it once in a program:
 * it replaces malloc in every library of the process. */
#ifndef HOLDFAST_TESTS_CAPI_OUT_OF_MEMORY_H
#define HOLDFAST_TESTS_CAPI_OUT_OF_MEMORY_H

#include <errno.h>
#include <stddef.h>

#include "check.h"

/* The C library's own allocator, by its second names. */
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);

static int counting;   /* whether allocations are counted now */
static long left = -1; /* allocations until one fails; -1: none fails */
static int persistent; /* all further ones fail, too */

static void count(int whether) { __atomic_store_n(&counting, whether, __ATOMIC_RELAXED); }

static void fail_at(long n, int lasting) {
  persistent = lasting;
  __atomic_store_n(&left, n, __ATOMIC_RELAXED);
}

static int has_failed(void) { return __atomic_load_n(&left, __ATOMIC_RELAXED) == 0; }

static int fails(void) {
  long now = __atomic_load_n(&left, __ATOMIC_RELAXED);
  if (!__atomic_load_n(&counting, __ATOMIC_RELAXED)) return 0;
  do {
    if (now < 0) return 0;
    if (now == 0) return persistent;
  } while (!__atomic_compare_exchange_n(&left, &now, now - 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  return now == 1;
}

void* malloc(size_t size) {
  if (!fails()) return __libc_malloc(size);
  errno = ENOMEM;
  return NULL;
}

void* calloc(size_t number, size_t size) {
  if (!fails()) return __libc_calloc(number, size);
  errno = ENOMEM;
  return NULL;
}

void* realloc(void* memory, size_t size) {
  if (!fails()) return __libc_realloc(memory, size);
  errno = ENOMEM;
  return NULL;
}

/* For a function with a label `over`, a status and an err. */
#define TRY(call)                                               \
  do {                                                          \
    status = (call);                                            \
    if (status != HOLDFAST_OK) {                                \
      CHECK(err != NULL && holdfast_error_code(err) == status); \
      CHECK(holdfast_error_message(err)[0] != '\0');            \
      goto over;                                                \
    }                                                           \
  } while (0)

typedef holdfast_status (*life)(void);

/* Runs lives whose first, second, … allocation fails, until a life needs no more. Returns their number. */
HELPER long loop(life live, int lasting, long step) {
  long n = 1;
  holdfast_status status;
  for (;;) {
    fail_at(n, lasting);
    status = live();
    if (!has_failed()) break;
    fail_at(-1, 0);
    n += step;
  }
  fail_at(-1, 0);
  CHECK(status == HOLDFAST_OK);
  return n;
}

/* Both kinds of failure. Under valgrind only one allocation in many, to save time. */
HELPER void fail_everywhere(const char* what, life live) {
  long step = getenv("CAPI_UNDER_VALGRIND") != NULL ? 37 : 1, once, ever;
  CHECK(live() == HOLDFAST_OK);
  once = loop(live, 0, step);
  ever = loop(live, 1, step);
  CHECK(live() == HOLDFAST_OK);
  printf("%s: %ld allocations failed once each, %ld with all that followed\n", what, once, ever);
}

#endif
