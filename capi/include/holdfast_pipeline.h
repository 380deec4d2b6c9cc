/* Transforms and pipelines, which also work without a repository: anything that can be read, through stages, into
 * anything that can be written. holdfast.h includes this file. */
#ifndef HOLDFAST_PIPELINE_H
#define HOLDFAST_PIPELINE_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HOLDFAST_ENCODE 1
#define HOLDFAST_DECODE 2

/* "zstd", "zstd:3", "gzip:6", "lz4". */
HOLDFAST_API holdfast_status holdfast_transform_compression(holdfast_transform** out, const char* text, holdfast_error** err);
/* Tink's AES256-GCM-HKDF-1MB. `key` has 32 bytes. `associated` (may be NULL) binds the stream to its place. */
HOLDFAST_API holdfast_status holdfast_transform_aes256gcm(holdfast_transform** out, const void* key, size_t key_length,
                                                          const char* associated, holdfast_error** err);
/* Passes bytes unchanged, at most `bytes_per_second`, shared by all its streams. */
HOLDFAST_API holdfast_status holdfast_transform_throttle(holdfast_transform** out, uint64_t bytes_per_second, holdfast_error** err);
#define HOLDFAST_HASH_SHA256 1
#define HOLDFAST_HASH_XXH3 2 /* XXH3-128 */
/* `hex` lives during the callback. */
typedef void (*holdfast_hash_callback)(void* user_data, uint64_t bytes, const char* hex);
/* Passes bytes unchanged, and calls `done` once for each stream, at its commit or the end of its reading, on the
 * stream's thread. Calls `release` (may be NULL) exactly once, also if this call fails. */
HOLDFAST_API holdfast_status holdfast_transform_hash(holdfast_transform** out, int32_t kind, holdfast_hash_callback done, void* user_data,
                                                     void (*release)(void* user_data), holdfast_error** err);
HOLDFAST_API void holdfast_transform_free(holdfast_transform* transform);
/* Lends a transform to each repository that is created or opened with these options. Backups whose option
 * "backup.transform" names it, as "NAME@VERSION", send each entry through it, and record it with the entry. Only a
 * repository that was lent it can read such an entry: others fail with HOLDFAST_E_UNSUPPORTED and name it. Its
 * functions are called on the library's threads, several streams at once. The transform may be freed at once. */
HOLDFAST_API holdfast_status holdfast_options_add_transform(holdfast_options* options, const holdfast_transform* transform,
                                                            holdfast_error** err);

HOLDFAST_API holdfast_status holdfast_pipeline_new(holdfast_pipeline** out, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_pipeline_add(holdfast_pipeline* pipeline, const holdfast_transform* transform, holdfast_error** err);
/* Encodes through the stages, first to last. Consumes `next`; the returned writer's commit includes its commit. */
HOLDFAST_API holdfast_status holdfast_pipeline_encode(holdfast_writer** out, const holdfast_pipeline* pipeline, holdfast_writer* next,
                                                      holdfast_error** err);
/* Decodes through the stages, last to first. Consumes `from`. */
HOLDFAST_API holdfast_status holdfast_pipeline_decode(holdfast_reader** out, const holdfast_pipeline* pipeline, holdfast_reader* from,
                                                      holdfast_error** err);
HOLDFAST_API void holdfast_pipeline_free(holdfast_pipeline* pipeline);

/* --- Ends of pipelines -------------------------------------------------------------------------------------------- */

/* Readers and writers for pipelines, besides those of entries, storages and the host's own. Each waits at most as the
 * options "limits." say, and ends with the options' cancel token, and with the job that it was given to. Its calls
 * block; the work is done on a thread of its own, which ends with the stream. */

/* Reads a command's standard output, or writes to its standard input. `argv` has `count` words; no shell is used.
 * HOLDFAST_E_SOURCE or HOLDFAST_E_TARGET if the command fails. Options "process.". */
HOLDFAST_API holdfast_status holdfast_reader_exec(holdfast_reader** out, const char* const* argv, size_t count,
                                                  const holdfast_options* options, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_writer_exec(holdfast_writer** out, const char* const* argv, size_t count,
                                                  const holdfast_options* options, holdfast_error** err);
/* Read and write a file descriptor, which the host keeps open meanwhile and closes. A file is durable after commit. */
HOLDFAST_API holdfast_status holdfast_reader_fd(holdfast_reader** out, int32_t fd, const holdfast_options* options, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_writer_fd(holdfast_writer** out, int32_t fd, const holdfast_options* options, holdfast_error** err);
/* Reads one entry of a source: the source is read as a whole, its other entries are discarded. NULL as `entry`: the
 * only one. Consumes the source. */
HOLDFAST_API holdfast_status holdfast_reader_source(holdfast_reader** out, holdfast_source* source, const char* entry,
                                                    const holdfast_options* options, holdfast_error** err);
/* Reads a live PostgreSQL database as SQL text, by pg_dump. */
HOLDFAST_API holdfast_status holdfast_reader_sql(holdfast_reader** out, const char* uri, const holdfast_options* options,
                                                 holdfast_error** err);
/* Restores into a target that takes one stream. Commit returns when the target has succeeded. Consumes the target. */
HOLDFAST_API holdfast_status holdfast_writer_target(holdfast_writer** out, holdfast_target* target, const holdfast_options* options,
                                                    holdfast_error** err);

/* --- Runs of pipelines -------------------------------------------------------------------------------------------- */

/* Starts work on threads of its own, which end with the job. */

/* Moves everything from the reader through the stages into the writer and commits it. HOLDFAST_ENCODE: first stage to
 * last; HOLDFAST_DECODE: the reader's bytes are decoded, last stage first. Consumes both. The writer may be an entry of
 * a backup writer. */
HOLDFAST_API holdfast_status holdfast_pipeline_run_start(holdfast_job** out, const holdfast_pipeline* pipeline, int32_t direction,
                                                         holdfast_reader* reader, holdfast_writer* writer, const holdfast_options* options,
                                                         holdfast_error** err);
/* Sends each entry of a source through the stages into an object of its own: `prefix` (may be NULL), the entry's name,
 * the stages' suffixes. Keeps no attributes. After a failure, objects of complete entries remain. Consumes the
 * source. */
HOLDFAST_API holdfast_status holdfast_pipeline_split_start(holdfast_job** out, const holdfast_pipeline* pipeline, holdfast_source* source,
                                                           holdfast_storage* storage, const char* prefix, const holdfast_options* options,
                                                           holdfast_error** err);

/* The caller sets struct_size. */
typedef struct holdfast_pipeline_report {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t bytes_in;  /* from the reader or source */
  uint64_t bytes_out; /* to the writer or objects */
} holdfast_pipeline_report;
/* Result of those jobs and of holdfast_pipeline_start(). */
HOLDFAST_API holdfast_status holdfast_job_pipeline_report(const holdfast_job* job, holdfast_pipeline_report* out, holdfast_error** err);

#ifdef __cplusplus
}
#endif

#endif
