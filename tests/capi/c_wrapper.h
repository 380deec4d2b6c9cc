/* A storage written in C that passes every call on to another one. */
#ifndef HOLDFAST_TESTS_CAPI_C_WRAPPER_H
#define HOLDFAST_TESTS_CAPI_C_WRAPPER_H

#include "holdfast_driver.h"

/* What it does with locks. */
enum c_wrapper_locks {
  PASSES_LOCKS, /* on to the other one */
  HIDES_LOCKS,  /* has no functions for them */
  LOCKS_ITSELF  /* as if it were the one that locks: counts what is renewed, and says "for good" */
};

typedef struct c_wrapper {
  holdfast_storage* inner; /* borrowed */
  int renewals;            /* of LOCKS_ITSELF */
} c_wrapper;

/* `wrapper` outlives it. */
holdfast_storage_driver c_wrapper_driver(c_wrapper* wrapper, enum c_wrapper_locks locks);

#endif
