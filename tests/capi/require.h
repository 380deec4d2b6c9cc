/* A check that prints where it failed, and ends the program. */
#ifndef HOLDFAST_TESTS_CAPI_REQUIRE_H
#define HOLDFAST_TESTS_CAPI_REQUIRE_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

#endif
