/* A transform written in C: every byte XOR 0x5a, then an FNV-1a hash of the plain bytes, which decoding compares. */
#ifndef HOLDFAST_TESTS_CAPI_C_TRANSFORM_H
#define HOLDFAST_TESTS_CAPI_C_TRANSFORM_H

#include "holdfast_driver.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `*open_streams` counts those that were opened and not closed yet. */
holdfast_transform_driver c_transform(int* open_streams);

#ifdef __cplusplus
}
#endif

#endif
