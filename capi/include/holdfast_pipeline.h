/* Transforms and pipelines, which also work without a repository. holdfast.h includes this file. */
#ifndef HOLDFAST_PIPELINE_H
#define HOLDFAST_PIPELINE_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "zstd", "zstd:3", "gzip:6", "lz4". */
HOLDFAST_API holdfast_status holdfast_transform_compression(holdfast_transform** out, const char* text, holdfast_error** err);
/* Tink's AES256-GCM-HKDF-1MB. `key` has 32 bytes. `associated` (may be NULL) binds the stream to its place. */
HOLDFAST_API holdfast_status holdfast_transform_aes256gcm(holdfast_transform** out, const void* key, size_t key_length,
                                                          const char* associated, holdfast_error** err);
HOLDFAST_API void holdfast_transform_free(holdfast_transform* transform);

HOLDFAST_API holdfast_status holdfast_pipeline_new(holdfast_pipeline** out, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_pipeline_add(holdfast_pipeline* pipeline, const holdfast_transform* transform, holdfast_error** err);
/* Encodes through the stages, first to last. Consumes `next`; the returned writer's commit includes its commit. */
HOLDFAST_API holdfast_status holdfast_pipeline_encode(holdfast_writer** out, const holdfast_pipeline* pipeline, holdfast_writer* next,
                                                      holdfast_error** err);
/* Decodes through the stages, last to first. Consumes `from`. */
HOLDFAST_API holdfast_status holdfast_pipeline_decode(holdfast_reader** out, const holdfast_pipeline* pipeline, holdfast_reader* from,
                                                      holdfast_error** err);
HOLDFAST_API void holdfast_pipeline_free(holdfast_pipeline* pipeline);

#ifdef __cplusplus
}
#endif

#endif
