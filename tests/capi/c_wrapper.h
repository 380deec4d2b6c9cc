/* A storage written in C that passes every call on to another one. */
#ifndef HOLDFAST_TESTS_CAPI_C_WRAPPER_H
#define HOLDFAST_TESTS_CAPI_C_WRAPPER_H

#include "holdfast_driver.h"

/* Its behaviour for locks. */
enum c_wrapper_locks {
  PASSES_LOCKS, /* passes calls on to the other one */
  HIDES_LOCKS,  /* has no functions for them */
  LOCKS_ITSELF  /* as if it locked objects itself: counts renewals, and returns "for good" */
};

typedef struct c_wrapper {
  holdfast_storage* inner; /* borrowed */
  int renewals;            /* of LOCKS_ITSELF */
} c_wrapper;

/* `wrapper` must outlive it. */
holdfast_storage_driver c_wrapper_driver(c_wrapper* wrapper, enum c_wrapper_locks locks);

#endif
