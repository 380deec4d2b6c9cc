/* A source that writes until it is cancelled, or a number of bytes, and reports when it is running: for tests that need
 * a running job. */
#ifndef HOLDFAST_TESTS_CAPI_C_ENDLESS_H
#define HOLDFAST_TESTS_CAPI_C_ENDLESS_H

#include <pthread.h>

#include "holdfast_driver.h"

typedef struct endless {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int writing, released;
  uint64_t limit;        /* 0: none */
  holdfast_job* own_job; /* the effect of its backup() on its own job: */
  int waits_for_itself, frees_itself;
} endless;

void endless_init(endless* e, uint64_t limit);
/* Starts a backup of it. The caller must free only the job. */
holdfast_job* endless_start(holdfast_repository* repository, endless* e, const holdfast_options* options);
/* The same for a backup() that must know its own job. */
holdfast_job* endless_start_knowing(holdfast_repository* repository, endless* e);
/* Waits until one of its counts is not 0. */
void endless_wait(endless* e, const int* what);

#endif
