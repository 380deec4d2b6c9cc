/* A transform written in C: XORs every byte with 0x5a and appends an FNV-1a hash of the plain bytes, which decoding
 * compares. */
#ifndef HOLDFAST_TESTS_CAPI_C_TRANSFORM_H
#define HOLDFAST_TESTS_CAPI_C_TRANSFORM_H

#include "holdfast_driver.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `*open_streams` counts the open streams. */
holdfast_transform_driver c_transform(int* open_streams);

#ifdef __cplusplus
}
#endif

#endif
