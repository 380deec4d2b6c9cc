/* A storage written in C: objects in memory, safe from many threads. */
#ifndef HOLDFAST_TESTS_CAPI_C_STORAGE_H
#define HOLDFAST_TESTS_CAPI_C_STORAGE_H

#include "holdfast_driver.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Returns a new, empty storage. Increments `*released` (may be NULL) when the library releases it. */
holdfast_storage_driver c_storage(int* released);
/* Makes every further call fail with this status; HOLDFAST_OK ends that. */
void c_storage_fail(void* user_data, holdfast_status status);

#ifdef __cplusplus
}
#endif

#endif
