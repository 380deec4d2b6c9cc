/* Storages that wrap or combine others, with the rules of holdfast.h. docs/storage.md describes the guarantees of
 * each. */
#ifndef HOLDFAST_STORAGES_H
#define HOLDFAST_STORAGES_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct holdfast_replica_report holdfast_replica_report; /* immutable */

/* --- Storages made of others -------------------------------------------------------------------------------------- */

/* The handles passed in may be freed. */

/* Retries what may succeed; options "retry.". The options' cancel token ends its waits. */
HOLDFAST_API holdfast_status holdfast_storage_retrying(holdfast_storage** out, holdfast_storage* inner, const holdfast_options* options,
                                                       holdfast_error** err);
/* Limits bandwidth; options "throttle.". The options' cancel token ends its waits. */
HOLDFAST_API holdfast_status holdfast_storage_throttled(holdfast_storage** out, holdfast_storage* inner, const holdfast_options* options,
                                                        holdfast_error** err);
/* Keeps copies of the objects under `prefix` in `cache`. The names of these objects end in the SHA-256 of their
 * bytes. */
HOLDFAST_API holdfast_status holdfast_storage_cached(holdfast_storage** out, holdfast_storage* inner, holdfast_storage* cache,
                                                     const char* prefix, holdfast_error** err);
/* Refuses every change with HOLDFAST_E_PERMISSION_DENIED. */
HOLDFAST_API holdfast_status holdfast_storage_read_only(holdfast_storage** out, holdfast_storage* inner, holdfast_error** err);

/* `used` and `limit` are bytes. Called once, on the thread that stores. */
typedef void (*holdfast_quota_callback)(void* user_data, uint64_t used, uint64_t limit);
/* Refuses what would not fit with HOLDFAST_E_NO_SPACE; options "quota.". Calls `warn` (may be NULL) when the fraction
 * "quota.warn_at" is exceeded. Calls `release` (may be NULL) exactly once, also if this call fails. */
HOLDFAST_API holdfast_status holdfast_storage_quota(holdfast_storage** out, holdfast_storage* inner, const holdfast_options* options,
                                                    holdfast_quota_callback warn, void* user_data, void (*release)(void* user_data),
                                                    holdfast_error** err);

/* Storages that hold the same objects. Each stored object is on a quorum of them when the call returns; options
 * "replica.". */
HOLDFAST_API holdfast_status holdfast_storage_replicated(holdfast_storage** out, holdfast_storage* const* storages, size_t count,
                                                         const holdfast_options* options, holdfast_error** err);
/* The same by URIs, with options "storage." for each. A replica that can't be opened counts as unreachable. */
HOLDFAST_API holdfast_status holdfast_storage_open_replicated(holdfast_storage** out, const char* const* uris, size_t count,
                                                              const holdfast_options* options, holdfast_error** err);
/* Puts new objects on `hot`; holdfast_move_old_start() moves old objects to `cold`. */
HOLDFAST_API holdfast_status holdfast_storage_tiered(holdfast_storage** out, holdfast_storage* hot, holdfast_storage* cold,
                                                     holdfast_error** err);

/* These four return HOLDFAST_E_UNSUPPORTED for a storage that was not made by the matching function above. */
HOLDFAST_API holdfast_status holdfast_storage_replicas(holdfast_replica_report** out, holdfast_storage* replicated, holdfast_error** err);
/* Makes the reachable replicas identical. Safe during writes. Options "replica.every_byte", "replica.forget". */
HOLDFAST_API holdfast_status holdfast_replica_repair_start(holdfast_job** out, holdfast_storage* replicated,
                                                           const holdfast_options* options, holdfast_error** err);
/* Options "tier.". Safe during reads and writes. */
HOLDFAST_API holdfast_status holdfast_move_old_start(holdfast_job** out, holdfast_storage* tiered, const holdfast_options* options,
                                                     holdfast_error** err);
/* Like holdfast_storage_list(), for the objects that are only in the cold storage. */
HOLDFAST_API holdfast_status holdfast_storage_list_cold(holdfast_storage* tiered, const char* prefix, holdfast_object_visitor visit,
                                                        void* user_data, holdfast_error** err);

#define HOLDFAST_REPLICA_IN_SYNC 0
#define HOLDFAST_REPLICA_BEHIND 1      /* receives nothing more until it is repaired */
#define HOLDFAST_REPLICA_UNREACHABLE 2 /* can't be reached; its data may be fine */
#define HOLDFAST_REPLICA_MISSING 3     /* belongs to the set but was not named */
#define HOLDFAST_REPLICA_UNKNOWN 4     /* was named but does not belong to the set yet; a repair adds it */
HOLDFAST_API size_t holdfast_replica_report_count(const holdfast_replica_report* report);
HOLDFAST_API int32_t holdfast_replica_report_state(const holdfast_replica_report* report, size_t index);  /* past the end: -1 */
HOLDFAST_API const char* holdfast_replica_report_id(const holdfast_replica_report* report, size_t index); /* "": unknown */
HOLDFAST_API const char* holdfast_replica_report_uri(const holdfast_replica_report* report, size_t index);
HOLDFAST_API const char* holdfast_replica_report_why(const holdfast_replica_report* report, size_t index); /* "" when in sync */
/* For a repair; otherwise 0. */
HOLDFAST_API uint64_t holdfast_replica_report_copied_objects(const holdfast_replica_report* report);
HOLDFAST_API uint64_t holdfast_replica_report_copied_bytes(const holdfast_replica_report* report);
HOLDFAST_API uint64_t holdfast_replica_report_removed_objects(const holdfast_replica_report* report);
HOLDFAST_API uint64_t holdfast_replica_report_replaced_objects(const holdfast_replica_report* report);
/* What could not be decided or done. */
HOLDFAST_API size_t holdfast_replica_report_problem_count(const holdfast_replica_report* report);
HOLDFAST_API const char* holdfast_replica_report_problem(const holdfast_replica_report* report, size_t index);
HOLDFAST_API void holdfast_replica_report_free(holdfast_replica_report* report);
HOLDFAST_API holdfast_status holdfast_job_replica_report(holdfast_replica_report** out, const holdfast_job* job, holdfast_error** err);

/* The caller sets struct_size. */
typedef struct holdfast_tier_report {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t moved_objects;
  uint64_t moved_bytes;
} holdfast_tier_report;
HOLDFAST_API holdfast_status holdfast_job_tier_report(const holdfast_job* job, holdfast_tier_report* out, holdfast_error** err);

#ifdef __cplusplus
}
#endif

#endif
