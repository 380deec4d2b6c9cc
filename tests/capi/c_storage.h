/* A storage written in C: objects in memory, safe from many threads. */
#ifndef HOLDFAST_TESTS_CAPI_C_STORAGE_H
#define HOLDFAST_TESTS_CAPI_C_STORAGE_H

#include "holdfast_driver.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A new, empty one. `*released` (may be NULL) is counted up when the library lets it go. */
holdfast_storage_driver c_storage(int* released);
/* From now on every call fails with this status; HOLDFAST_OK ends that. */
void c_storage_fail(void* user_data, holdfast_status status);

#ifdef __cplusplus
}
#endif

#endif
