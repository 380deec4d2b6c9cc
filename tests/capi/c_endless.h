/* A source that writes until it is cancelled, or so many bytes, and says when it is at it: for tests that need a job that runs. */
#ifndef HOLDFAST_TESTS_CAPI_C_ENDLESS_H
#define HOLDFAST_TESTS_CAPI_C_ENDLESS_H

#include <pthread.h>

#include "holdfast_driver.h"

typedef struct endless {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int writing, released;
  uint64_t limit;        /* 0: none */
  holdfast_job* own_job; /* what its backup() does to its own job: */
  int waits_for_itself, frees_itself;
} endless;

void endless_init(endless* e, uint64_t limit);
/* Starts a backup of it; the job is all that is to be freed. */
holdfast_job* endless_start(holdfast_repository* repository, endless* e, const holdfast_options* options);
/* The same, where backup() is to know its own job. */
holdfast_job* endless_start_knowing(holdfast_repository* repository, endless* e);
/* Until one of its counts is not 0. */
void endless_wait(endless* e, const int* what);

#endif
