/* Holdfast's C interface: back up databases and streams, keep them encrypted, prove that they can be restored.
 *
 * Handles are opaque. Out parameters come first. The caller owns them: holdfast_T_free() releases each `T **`; it
 * accepts NULL. A returned `const` pointer is borrowed from the object that the function was called on, and lives as
 * long as that object. Handles may be freed in any order: a child keeps the parts of its parent that it needs alive.
 *
 * Every function that can fail returns a holdfast_status and takes a last `holdfast_error **`, which may be NULL.
 * `*err` need not be initialised. It is NULL after success; otherwise the caller frees it. On failure each owned out
 * parameter is NULL.
 *
 * Threads. Each handle is one of: immutable (share it freely), concurrent (safe from many threads at once), serial (one
 * thread at a time; it may move between threads; use by two at once is refused where it is detected). A process that
 * forks while a job or a backup writer exists must not use any handle in the child; the child may only exec or exit.
 *
 * Callbacks must return: neither longjmp nor an exception may leave them. The library holds no lock of a handle during
 * a callback. It prints nothing, reads no environment variable, handles no signal.
 *
 * Text is UTF-8 and NUL-terminated. Times are microseconds since 1970-01-01 UTC; 0 = unknown. NULL options mean the
 * defaults. */
#ifndef HOLDFAST_H
#define HOLDFAST_H

#include <stddef.h>
#include <stdint.h>

#define HOLDFAST_VERSION_MAJOR 0
#define HOLDFAST_VERSION_MINOR 2
#define HOLDFAST_VERSION_PATCH 0
#define HOLDFAST_VERSION_STRING "0.2.0"
/* Increases with every addition. While the version is 0.x, another minor version is another ABI (and SONAME). */
#define HOLDFAST_ABI_VERSION 6

#if defined(__GNUC__)
#define HOLDFAST_API __attribute__((visibility("default")))
#else
#define HOLDFAST_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- Status ------------------------------------------------------------------------------------------------------- */

typedef int32_t holdfast_status;

#define HOLDFAST_OK 0
#define HOLDFAST_E_INVALID_ARGUMENT 1 /* a wrong option, URI or call; nothing was done */
#define HOLDFAST_E_INVALID_STATE 2    /* the object can't do this now */
#define HOLDFAST_E_NOT_FOUND 3
#define HOLDFAST_E_ALREADY_EXISTS 4
#define HOLDFAST_E_PERMISSION_DENIED 5
#define HOLDFAST_E_UNAUTHENTICATED 6 /* wrong or missing credentials for a server or storage */
#define HOLDFAST_E_WRONG_KEY 7       /* the key does not open this repository */
#define HOLDFAST_E_UNSUPPORTED 8
#define HOLDFAST_E_IO 9
#define HOLDFAST_E_NETWORK 10
#define HOLDFAST_E_TIMEOUT 11
#define HOLDFAST_E_CANCELLED 12
#define HOLDFAST_E_CORRUPT 13  /* stored bytes are not what was written */
#define HOLDFAST_E_CONFLICT 14 /* somebody else holds or changed it */
#define HOLDFAST_E_NO_SPACE 15
#define HOLDFAST_E_LIMIT 16
#define HOLDFAST_E_SOURCE 17
#define HOLDFAST_E_TARGET 18
#define HOLDFAST_E_INTERNAL 19
#define HOLDFAST_E_OUT_OF_MEMORY 32
#define HOLDFAST_E_CALLBACK 33 /* a callback failed with its own status: see detail "callback_status" */
#define HOLDFAST_RUNNING 64    /* status of a job that is not done yet; no error */
/* Callbacks may return any of the statuses above, or their own statuses from here on. */
#define HOLDFAST_STATUS_HOST 1000

/* --- Handles ------------------------------------------------------------------------------------------------------ */

typedef struct holdfast_error holdfast_error;                   /* immutable */
typedef struct holdfast_options holdfast_options;               /* serial; each call copies it */
typedef struct holdfast_cancel_token holdfast_cancel_token;     /* concurrent */
typedef struct holdfast_repository holdfast_repository;         /* concurrent */
typedef struct holdfast_backup holdfast_backup;                 /* immutable: one line of a listing */
typedef struct holdfast_backup_list holdfast_backup_list;       /* immutable */
typedef struct holdfast_manifest holdfast_manifest;             /* immutable: the full description of one backup */
typedef struct holdfast_entry holdfast_entry;                   /* immutable, borrowed: one named stream of a backup */
typedef struct holdfast_source_record holdfast_source_record;   /* immutable, borrowed: what was read, from where, when */
typedef struct holdfast_notes holdfast_notes;                   /* immutable, borrowed: metadata, texts by name */
typedef struct holdfast_diff holdfast_diff;                     /* immutable */
typedef struct holdfast_retention_plan holdfast_retention_plan; /* immutable */
typedef struct holdfast_verify_report holdfast_verify_report;   /* immutable */
typedef struct holdfast_verify_list holdfast_verify_list;       /* immutable: reports */
typedef struct holdfast_key_list holdfast_key_list;             /* immutable */
typedef struct holdfast_finding_list holdfast_finding_list;     /* immutable */
typedef struct holdfast_job holdfast_job;                       /* serial, except cancel, wait and progress: concurrent */
typedef struct holdfast_backup_writer holdfast_backup_writer;   /* concurrent, except commit: serial */
typedef struct holdfast_writer holdfast_writer;                 /* serial */
typedef struct holdfast_reader holdfast_reader;                 /* serial */
typedef struct holdfast_storage holdfast_storage;               /* concurrent */
typedef struct holdfast_source holdfast_source;                 /* serial; for one backup */
typedef struct holdfast_target holdfast_target;                 /* serial; for one restore */
typedef struct holdfast_transform holdfast_transform;           /* immutable */
typedef struct holdfast_pipeline holdfast_pipeline;             /* serial */

/* --- Version ------------------------------------------------------------------------------------------------------ */

HOLDFAST_API const char* holdfast_version(void);
HOLDFAST_API uint32_t holdfast_abi_version(void);
/* One line for bug reports: version and compiler. */
HOLDFAST_API const char* holdfast_build_info(void);
/* Returns the status's name, like "not_found"; "unknown" for a status that the library does not define. */
HOLDFAST_API const char* holdfast_status_name(holdfast_status status);

/* --- Errors ------------------------------------------------------------------------------------------------------- */

HOLDFAST_API holdfast_status holdfast_error_code(const holdfast_error* error); /* HOLDFAST_OK for NULL */
/* One line: what failed, on which object, why, what to do. Never contains a secret. "" for NULL. */
HOLDFAST_API const char* holdfast_error_message(const holdfast_error* error);
/* The kind of object that failed: "repository", "job", "storage", "option" … */
HOLDFAST_API const char* holdfast_error_domain(const holdfast_error* error);
HOLDFAST_API int32_t holdfast_error_is_retryable(const holdfast_error* error); /* a retry may help */
HOLDFAST_API size_t holdfast_error_detail_count(const holdfast_error* error);
HOLDFAST_API const char* holdfast_error_detail_key(const holdfast_error* error, size_t index); /* NULL past the end */
HOLDFAST_API const char* holdfast_error_detail_value(const holdfast_error* error, size_t index);
HOLDFAST_API void holdfast_error_free(holdfast_error* error);
/* For callbacks: sets `*err` and returns `status`, for `return holdfast_error_set(err, HOLDFAST_E_IO, "no disk")`. */
HOLDFAST_API holdfast_status holdfast_error_set(holdfast_error** err, holdfast_status status, const char* message);

/* Wipes and frees a text that the library returned through a `char **`. */
HOLDFAST_API void holdfast_string_free(char* text);

/* --- Options ------------------------------------------------------------------------------------------------------ */

#define HOLDFAST_TYPE_STRING 1
#define HOLDFAST_TYPE_INTEGER 2
#define HOLDFAST_TYPE_BOOLEAN 3
#define HOLDFAST_TYPE_BYTES 4
#define HOLDFAST_TYPE_LIST 5   /* of strings */
#define HOLDFAST_TYPE_FAMILY 6 /* every key that begins with this name; strings */
/* The two after these are only for options of drivers and storages, which are all set as text; a list is then a JSON
 * array of strings. */
#define HOLDFAST_TYPE_CHOICE 9   /* a string: one of `choices` */
#define HOLDFAST_TYPE_SIZE 7     /* bytes; the suffixes K, M, G and T are powers of 1024 */
#define HOLDFAST_TYPE_DURATION 8 /* "90s", "15m", "12h", "7d", "2w" or a sum of them */

/* A declared option. Lives as long as the library. Don't copy it by its size: later versions may extend it. */
typedef struct holdfast_option_info {
  uint32_t struct_size;
  int32_t type;
  const char* name;
  const char* default_value; /* as text; "" = none */
  const char* help;
  int64_t minimum; /* for integers, sizes (bytes) and durations (seconds) */
  int64_t maximum;
  int32_t is_secret;
  const char* choices; /* for a choice: the choices, separated by '|'; else "" */
  const char* calls;   /* driver options: those of "backup", "restore", "verify", "export", "doctor" that take it, by '|'; else "" */
  const char* unit;    /* of a number and its bounds: "bytes", "seconds" …; "" = a plain number, or no number */
} holdfast_option_info;

/* All option keys, by index (docs/c-api.md). A key's first word names its calls; one object may serve several. */
HOLDFAST_API size_t holdfast_option_count(void);
HOLDFAST_API const holdfast_option_info* holdfast_option_at(size_t index); /* NULL past the end */
HOLDFAST_API const holdfast_option_info* holdfast_option_find(const char* key);

/* The drivers and their options ("driver.NAME"). A call refuses options that its driver does not know or takes only in
 * other calls. "verify" means level restore; the other levels open no driver and ignore these options. "doctor" is
 * holdfast_driver_diagnose(). */
HOLDFAST_API size_t holdfast_driver_count(void);
HOLDFAST_API const char* holdfast_driver_name(size_t driver); /* NULL past the end */
HOLDFAST_API size_t holdfast_driver_option_count(size_t driver);
HOLDFAST_API const holdfast_option_info* holdfast_driver_option_at(size_t driver, size_t index);

HOLDFAST_API holdfast_status holdfast_options_new(holdfast_options** out, holdfast_error** err);
/* Reads a JSON object {"key": text, integer, true/false or list of texts}. Refuses a key given twice, a NUL in a text
 * (set a secret with holdfast_options_set_bytes()), an integer beyond 64 bits, a fraction, and anything nested. */
HOLDFAST_API holdfast_status holdfast_options_from_json(holdfast_options** out, const char* text, size_t length, holdfast_error** err);
HOLDFAST_API void holdfast_options_free(holdfast_options* options);
/* HOLDFAST_E_INVALID_ARGUMENT for an unknown key, another type or a number out of bounds; changes nothing then. */
HOLDFAST_API holdfast_status holdfast_options_set_string(holdfast_options* options, const char* key, const char* value,
                                                         holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_options_set_int64(holdfast_options* options, const char* key, int64_t value, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_options_set_bool(holdfast_options* options, const char* key, int32_t value, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_options_set_bytes(holdfast_options* options, const char* key, const void* data, size_t length,
                                                        holdfast_error** err);
/* Appends to a list. */
HOLDFAST_API holdfast_status holdfast_options_add_string(holdfast_options* options, const char* key, const char* value,
                                                         holdfast_error** err);
/* Restores the default. */
HOLDFAST_API holdfast_status holdfast_options_unset(holdfast_options* options, const char* key, holdfast_error** err);
/* Calls with these options end with HOLDFAST_E_CANCELLED soon after a request. NULL removes the token. */
HOLDFAST_API holdfast_status holdfast_options_set_cancel(holdfast_options* options, holdfast_cancel_token* token, holdfast_error** err);

HOLDFAST_API holdfast_status holdfast_cancel_token_new(holdfast_cancel_token** out, holdfast_error** err);
HOLDFAST_API void holdfast_cancel_token_request(holdfast_cancel_token* token);
HOLDFAST_API int32_t holdfast_cancel_token_is_requested(const holdfast_cancel_token* token);
HOLDFAST_API void holdfast_cancel_token_free(holdfast_cancel_token* token);

#define HOLDFAST_EVENT_PHASE 1
#define HOLDFAST_EVENT_PROGRESS 2
#define HOLDFAST_EVENT_ENTRY_STARTED 3
#define HOLDFAST_EVENT_ENTRY_FINISHED 4
#define HOLDFAST_EVENT_WARNING 5
#define HOLDFAST_EVENT_LOG 6
#define HOLDFAST_EVENT_BEGUN 7 /* an operation began, or ended, successfully or not: `record` describes it */
#define HOLDFAST_EVENT_ENDED 8

/* Lives during the callback. Don't copy it by its size: later versions may extend it. */
typedef struct holdfast_event {
  uint32_t struct_size;
  int32_t kind;
  const char* message;
  const char* object;
  uint64_t bytes_done;
  uint64_t bytes_total; /* an estimate; 0 = unknown */
  uint64_t bytes_stored;
  const char* operation; /* id of the operation; "" = none */
  const char* record;    /* BEGUN and ENDED, else NULL: JSON, described in docs/embedding.md */
} holdfast_event;

/* Any status except HOLDFAST_OK stops the job: HOLDFAST_E_CANCELLED like a cancel, others as HOLDFAST_E_CALLBACK. */
typedef holdfast_status (*holdfast_event_callback)(void* user_data, const holdfast_event* event);
/* Receives the events of jobs inside holdfast_job_step() and _run(), on the caller's thread, one at a time. Merges
 * progress; keeps the newest 4096 others for a host that does not step. Calls `release` (may be NULL) exactly once,
 * also if this call fails. */
HOLDFAST_API holdfast_status holdfast_options_set_events(holdfast_options* options, holdfast_event_callback callback, void* user_data,
                                                         void (*release)(void* user_data), holdfast_error** err);

/* --- Repositories ------------------------------------------------------------------------------------------------- */

/* Without a key, creation fails unless option "repository.encryption" is "none". */
HOLDFAST_API holdfast_status holdfast_repository_create(holdfast_repository** out, const char* uri, const holdfast_options* options,
                                                        holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_repository_open(holdfast_repository** out, const char* uri, const holdfast_options* options,
                                                      holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_repository_create_on(holdfast_repository** out, holdfast_storage* storage,
                                                           const holdfast_options* options, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_repository_open_on(holdfast_repository** out, holdfast_storage* storage,
                                                         const holdfast_options* options, holdfast_error** err);
HOLDFAST_API void holdfast_repository_free(holdfast_repository* repository);

HOLDFAST_API const char* holdfast_repository_uri(const holdfast_repository* repository);
HOLDFAST_API const char* holdfast_repository_id(const holdfast_repository* repository);
HOLDFAST_API const char* holdfast_repository_layout(const holdfast_repository* repository); /* "packed" or "plain" */
HOLDFAST_API int32_t holdfast_repository_is_encrypted(const holdfast_repository* repository);
HOLDFAST_API int64_t holdfast_repository_created(const holdfast_repository* repository);

/* Newest first; damaged backups included. */
HOLDFAST_API holdfast_status holdfast_repository_list(holdfast_backup_list** out, holdfast_repository* repository,
                                                      const holdfast_options* options, holdfast_error** err);
/* Here and in all calls below, `backup` is an id, a unique prefix of an id, or "latest". */
HOLDFAST_API holdfast_status holdfast_repository_find(holdfast_backup** out, holdfast_repository* repository, const char* backup,
                                                      const holdfast_options* options, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_repository_remove(holdfast_repository* repository, const char* backup,
                                                        const holdfast_options* options, holdfast_error** err);
/* Accepts full ids only. */
HOLDFAST_API holdfast_status holdfast_repository_undo_remove(holdfast_repository* repository, const char* id,
                                                             const holdfast_options* options, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_repository_diff(holdfast_diff** out, holdfast_repository* repository, const char* first,
                                                      const char* second, const holdfast_options* options, holdfast_error** err);
/* Makes a text to keep out of the storage owner's reach. Free with holdfast_string_free(). Check the old one first. */
HOLDFAST_API holdfast_status holdfast_repository_anchor(char** out, holdfast_repository* repository, const holdfast_options* options,
                                                        holdfast_error** err);
/* Reports a fault for each missing or different backup. A recorded removal is no fault. A plain repository records
 * none: make a new anchor after each. HOLDFAST_E_INVALID_ARGUMENT for a text that is no anchor of this repository. */
HOLDFAST_API holdfast_status holdfast_repository_check_anchor(holdfast_verify_report** out, holdfast_repository* repository,
                                                              const char* anchor, const holdfast_options* options, holdfast_error** err);

/* --- Backups, manifests, entries ---------------------------------------------------------------------------------- */

#define HOLDFAST_LEVEL_STORED 0
#define HOLDFAST_LEVEL_CHECKSUMMED 1
#define HOLDFAST_LEVEL_RESTORED 2
#define HOLDFAST_LEVEL_CONTENT_EQUAL 3

HOLDFAST_API size_t holdfast_backup_list_count(const holdfast_backup_list* list);
HOLDFAST_API const holdfast_backup* holdfast_backup_list_at(const holdfast_backup_list* list, size_t index); /* NULL past the end */
HOLDFAST_API void holdfast_backup_list_free(holdfast_backup_list* list);

HOLDFAST_API const char* holdfast_backup_id(const holdfast_backup* backup);
HOLDFAST_API int64_t holdfast_backup_time(const holdfast_backup* backup); /* when it began */
HOLDFAST_API int64_t holdfast_backup_finished(const holdfast_backup* backup);
HOLDFAST_API uint64_t holdfast_backup_entries(const holdfast_backup* backup);
HOLDFAST_API uint64_t holdfast_backup_plain_bytes(const holdfast_backup* backup);
HOLDFAST_API uint64_t holdfast_backup_stored_bytes(const holdfast_backup* backup);
HOLDFAST_API int32_t holdfast_backup_level(const holdfast_backup* backup); /* HOLDFAST_LEVEL_*: the best proof on record */
HOLDFAST_API int64_t holdfast_backup_proven(const holdfast_backup* backup);
HOLDFAST_API const char* holdfast_backup_damage(const holdfast_backup* backup); /* not "": why it can't be read; only its id is known */
HOLDFAST_API const holdfast_notes* holdfast_backup_tags(const holdfast_backup* backup);
HOLDFAST_API size_t holdfast_backup_source_count(const holdfast_backup* backup);
HOLDFAST_API const holdfast_source_record* holdfast_backup_source(const holdfast_backup* backup, size_t index);
HOLDFAST_API void holdfast_backup_free(holdfast_backup* backup); /* not for borrowed ones */

HOLDFAST_API const char* holdfast_source_record_uri(const holdfast_source_record* source);
HOLDFAST_API const char* holdfast_source_record_driver(const holdfast_source_record* source);
HOLDFAST_API const char* holdfast_source_record_name(const holdfast_source_record* source);
HOLDFAST_API int64_t holdfast_source_record_instant(const holdfast_source_record* source); /* snapshot time of its data */
HOLDFAST_API const holdfast_notes* holdfast_source_record_notes(const holdfast_source_record* source);

HOLDFAST_API size_t holdfast_notes_count(const holdfast_notes* notes);
HOLDFAST_API const char* holdfast_notes_key(const holdfast_notes* notes, size_t index); /* sorted by key; NULL past the end */
HOLDFAST_API const char* holdfast_notes_value(const holdfast_notes* notes, size_t index);
HOLDFAST_API const char* holdfast_notes_get(const holdfast_notes* notes, const char* key); /* NULL if missing */

HOLDFAST_API holdfast_status holdfast_manifest_open(holdfast_manifest** out, holdfast_repository* repository, const char* backup,
                                                    const holdfast_options* options, holdfast_error** err);
HOLDFAST_API const char* holdfast_manifest_id(const holdfast_manifest* manifest);
HOLDFAST_API const char* holdfast_manifest_written_by(const holdfast_manifest* manifest);
HOLDFAST_API size_t holdfast_manifest_source_count(const holdfast_manifest* manifest);
HOLDFAST_API const holdfast_source_record* holdfast_manifest_source(const holdfast_manifest* manifest, size_t index);
HOLDFAST_API size_t holdfast_manifest_entry_count(const holdfast_manifest* manifest);
HOLDFAST_API const holdfast_entry* holdfast_manifest_entry(const holdfast_manifest* manifest, size_t index);
/* Finds an entry by name in one source; NULL if there is none. */
HOLDFAST_API const holdfast_entry* holdfast_manifest_find(const holdfast_manifest* manifest, size_t source, const char* name);
HOLDFAST_API void holdfast_manifest_free(holdfast_manifest* manifest);
/* Reads the plain bytes of an entry of this manifest. Every hash is checked before the reader reports the end. */
HOLDFAST_API holdfast_status holdfast_manifest_read(holdfast_reader** out, const holdfast_manifest* manifest, const holdfast_entry* entry,
                                                    holdfast_error** err);

HOLDFAST_API const char* holdfast_entry_name(const holdfast_entry* entry);
HOLDFAST_API const char* holdfast_entry_kind(const holdfast_entry* entry);
HOLDFAST_API size_t holdfast_entry_source(const holdfast_entry* entry);
HOLDFAST_API uint64_t holdfast_entry_plain_bytes(const holdfast_entry* entry);
HOLDFAST_API uint64_t holdfast_entry_stored_bytes(const holdfast_entry* entry); /* packed layout: 0, because entries share stored data */
HOLDFAST_API const char* holdfast_entry_content_hash(const holdfast_entry* entry);
/* The transforms that were applied to its stored bytes, first to last: "zstd". NULL past the end. */
HOLDFAST_API const char* holdfast_entry_transform(const holdfast_entry* entry, size_t index);
HOLDFAST_API const char* holdfast_entry_restore_with(
    const holdfast_entry* entry); /* option "entry.restore_with" of its writer; "" = none */
HOLDFAST_API const holdfast_notes* holdfast_entry_attributes(const holdfast_entry* entry);

#define HOLDFAST_DIFF_ADDED 1
#define HOLDFAST_DIFF_REMOVED 2
#define HOLDFAST_DIFF_CHANGED 3
HOLDFAST_API size_t holdfast_diff_count(const holdfast_diff* diff, int32_t kind);
HOLDFAST_API const holdfast_entry* holdfast_diff_entry(const holdfast_diff* diff, int32_t kind, size_t index);
HOLDFAST_API uint64_t holdfast_diff_unchanged(const holdfast_diff* diff);
HOLDFAST_API void holdfast_diff_free(holdfast_diff* diff);

/* --- Jobs --------------------------------------------------------------------------------------------------------- */

/* Each of these starts work at once, on its own threads, which end with the job. The handles passed in may be freed. */
HOLDFAST_API holdfast_status holdfast_backup_start(holdfast_job** out, holdfast_repository* repository, const char* source_uri,
                                                   const holdfast_options* options, holdfast_error** err);
/* Backs up several sources in one commit. Consumes the sources. */
HOLDFAST_API holdfast_status holdfast_backup_start_sources(holdfast_job** out, holdfast_repository* repository,
                                                           holdfast_source* const* sources, size_t count, const holdfast_options* options,
                                                           holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_restore_start(holdfast_job** out, holdfast_repository* repository, const char* backup,
                                                    const char* target_uri, const holdfast_options* options, holdfast_error** err);
/* Restores one source of a backup. Consumes the target. */
HOLDFAST_API holdfast_status holdfast_restore_start_target(holdfast_job** out, holdfast_repository* repository, const char* backup,
                                                           size_t source, holdfast_target* target, const holdfast_options* options,
                                                           holdfast_error** err);
/* `backup` NULL: the repository's own objects. The report has the damage; the job still succeeds. */
HOLDFAST_API holdfast_status holdfast_verify_start(holdfast_job** out, holdfast_repository* repository, const char* backup,
                                                   const holdfast_options* options, holdfast_error** err);
/* The repository's own objects and all its backups in one pass; shared data is read once. Levels quick and full. */
HOLDFAST_API holdfast_status holdfast_verify_all_start(holdfast_job** out, holdfast_repository* repository, const holdfast_options* options,
                                                       holdfast_error** err);
/* Removes backups that no "expire." rule keeps. Fails without any rule. */
HOLDFAST_API holdfast_status holdfast_expire_start(holdfast_job** out, holdfast_repository* repository, const holdfast_options* options,
                                                   holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_gc_start(holdfast_job** out, holdfast_repository* repository, const holdfast_options* options,
                                               holdfast_error** err);
/* Rebuilds lost or damaged parts of a packed repository's index. Safe at any time, and safe to repeat. */
HOLDFAST_API holdfast_status holdfast_repair_start(holdfast_job** out, holdfast_repository* repository, const holdfast_options* options,
                                                   holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_copy_start(holdfast_job** out, holdfast_repository* repository, const char* backup,
                                                 holdfast_repository* destination, const holdfast_options* options, holdfast_error** err);
/* Copies all backups that the destination does not have, oldest first. One that can't be copied stops no other: the
 * result, with holdfast_job_result_to_json(), names it. With "replicate.every" it does so until it is cancelled, and
 * then succeeds with the result of the last round; events tell of each copy. */
HOLDFAST_API holdfast_status holdfast_replicate_start(holdfast_job** out, holdfast_repository* repository, holdfast_repository* destination,
                                                      const holdfast_options* options, holdfast_error** err);
/* Writes one source of a backup in a format that standard tools read. Consumes the writer; commits it if the job
 * succeeds. */
HOLDFAST_API holdfast_status holdfast_export_start(holdfast_job** out, holdfast_repository* repository, const char* backup, size_t source,
                                                   holdfast_writer* writer, const holdfast_options* options, holdfast_error** err);
/* Moves everything from the reader through the pipeline's stages into one new object. Consumes the reader. */
HOLDFAST_API holdfast_status holdfast_pipeline_start(holdfast_job** out, const holdfast_pipeline* pipeline, holdfast_reader* reader,
                                                     holdfast_storage* storage, const char* object, const holdfast_options* options,
                                                     holdfast_error** err);

/* Waits for at most `budget_ms` milliseconds and delivers events meanwhile. HOLDFAST_RUNNING: not done. Otherwise
 * HOLDFAST_OK or the reason of the failure; further calls return the same. HOLDFAST_E_INVALID_STATE in an event
 * callback of the same job. */
HOLDFAST_API holdfast_status holdfast_job_step(holdfast_job* job, int64_t budget_ms, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_job_run(holdfast_job* job, holdfast_error** err); /* steps until it is done */
/* Like step, from any thread and without delivering events. Negative: no time limit. */
HOLDFAST_API holdfast_status holdfast_job_wait(holdfast_job* job, int64_t timeout_ms, holdfast_error** err);
/* From any thread; returns at once; can't be undone. The job ends with HOLDFAST_E_CANCELLED unless it just ended. */
HOLDFAST_API holdfast_status holdfast_job_cancel(holdfast_job* job, holdfast_error** err);

/* The caller sets struct_size to sizeof(holdfast_progress). */
typedef struct holdfast_progress {
  uint32_t struct_size;
  holdfast_status status; /* HOLDFAST_RUNNING, or the final status */
  uint64_t bytes_done;    /* plain bytes read or written */
  uint64_t bytes_total;   /* an estimate; 0 = unknown */
  uint64_t bytes_stored;
  uint64_t entries_done;
  uint64_t warnings;
} holdfast_progress;
HOLDFAST_API holdfast_status holdfast_job_progress(const holdfast_job* job, holdfast_progress* out, holdfast_error** err);
HOLDFAST_API void holdfast_job_free(holdfast_job* job); /* cancels a running job and waits for it, bounded by its timeouts */

/* Results. HOLDFAST_E_INVALID_STATE unless the job succeeded and is of the right kind. */
HOLDFAST_API holdfast_status holdfast_job_backup(holdfast_backup** out, const holdfast_job* job, holdfast_error** err); /* backup, copy */
HOLDFAST_API holdfast_status holdfast_job_verify_report(holdfast_verify_report** out, const holdfast_job* job, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_job_verify_list(holdfast_verify_list** out, const holdfast_job* job, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_job_retention_plan(holdfast_retention_plan** out, const holdfast_job* job, holdfast_error** err);

/* The caller sets struct_size. `where` is borrowed from the job. */
typedef struct holdfast_restore_report {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t entries;
  uint64_t bytes;
  uint64_t tables;
  uint64_t rows;
  const char* where;
} holdfast_restore_report;
HOLDFAST_API holdfast_status holdfast_job_restore_report(const holdfast_job* job, holdfast_restore_report* out, holdfast_error** err);

/* The caller sets struct_size. */
typedef struct holdfast_garbage_report {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t backups;
  uint64_t marked_packs;
  uint64_t marked_bytes;
  uint64_t removed_packs;
  uint64_t removed_bytes;
  uint64_t leftovers;
  uint64_t waiting;
  uint64_t copied_chunks; /* moved from old packs into new ones */
} holdfast_garbage_report;
HOLDFAST_API holdfast_status holdfast_job_garbage_report(const holdfast_job* job, holdfast_garbage_report* out, holdfast_error** err);

/* The caller sets struct_size. */
typedef struct holdfast_repair_report {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t indexed_packs;    /* packs without a readable index segment; they have one now */
  uint64_t removed_segments; /* damaged index segments that are no longer needed */
  uint64_t unreadable_packs; /* packs that can't be read; a warning names each */
} holdfast_repair_report;
HOLDFAST_API holdfast_status holdfast_job_repair_report(const holdfast_job* job, holdfast_repair_report* out, holdfast_error** err);

/* --- Verification ------------------------------------------------------------------------------------------------- */

HOLDFAST_API const char* holdfast_verify_report_backup(const holdfast_verify_report* report); /* id; "" = the repository's own objects */
HOLDFAST_API int32_t holdfast_verify_report_ok(const holdfast_verify_report* report);         /* no fault, and every query succeeded */
HOLDFAST_API uint64_t holdfast_verify_report_objects(const holdfast_verify_report* report);
HOLDFAST_API uint64_t holdfast_verify_report_bytes(const holdfast_verify_report* report);
HOLDFAST_API int32_t holdfast_verify_report_level(const holdfast_verify_report* report); /* HOLDFAST_LEVEL_*, reached by this run */
HOLDFAST_API uint64_t holdfast_verify_report_tables(const holdfast_verify_report* report);
HOLDFAST_API uint64_t holdfast_verify_report_rows(const holdfast_verify_report* report);
HOLDFAST_API const char* holdfast_verify_report_where(const holdfast_verify_report* report); /* "a scratch PostgreSQL 15.18" */
HOLDFAST_API size_t holdfast_verify_report_fault_count(const holdfast_verify_report* report);
HOLDFAST_API const char* holdfast_verify_report_fault_object(const holdfast_verify_report* report, size_t index);
HOLDFAST_API const char* holdfast_verify_report_fault_text(const holdfast_verify_report* report, size_t index);
HOLDFAST_API size_t holdfast_verify_report_query_count(const holdfast_verify_report* report);
HOLDFAST_API int32_t holdfast_verify_report_query_ok(const holdfast_verify_report* report, size_t index);
HOLDFAST_API const char* holdfast_verify_report_query_result(const holdfast_verify_report* report, size_t index);
HOLDFAST_API void holdfast_verify_report_free(holdfast_verify_report* report); /* not for borrowed ones */

/* The repository's report, then the backups', newest first. The oldest counts shared data; all report its faults. */
HOLDFAST_API size_t holdfast_verify_list_count(const holdfast_verify_list* list);
HOLDFAST_API const holdfast_verify_report* holdfast_verify_list_at(const holdfast_verify_list* list, size_t index); /* NULL past the end */
HOLDFAST_API void holdfast_verify_list_free(holdfast_verify_list* list);

/* --- Retention ---------------------------------------------------------------------------------------------------- */

/* Plans what holdfast_expire_start() would do now; changes nothing. */
HOLDFAST_API holdfast_status holdfast_retention_plan_new(holdfast_retention_plan** out, holdfast_repository* repository,
                                                         const holdfast_options* options, holdfast_error** err);
/* The same rules without a repository: `count` times at which backups of one series were made, judged at `now`.
 * Reads no clock. holdfast_backup_id() of a decision's backup is the number of its time, from "0". Refuses
 * "expire.keep_tag" and "expire.minimum_level" with HOLDFAST_E_UNSUPPORTED. */
HOLDFAST_API holdfast_status holdfast_retention_plan_times(holdfast_retention_plan** out, const int64_t* times, size_t count, int64_t now,
                                                           const holdfast_options* options, holdfast_error** err);
HOLDFAST_API size_t holdfast_retention_plan_count(const holdfast_retention_plan* plan);
HOLDFAST_API const holdfast_backup* holdfast_retention_plan_backup(const holdfast_retention_plan* plan, size_t index);
HOLDFAST_API int32_t holdfast_retention_plan_keeps(const holdfast_retention_plan* plan, size_t index); /* 1 kept, 0 removed */
HOLDFAST_API size_t holdfast_retention_plan_reason_count(const holdfast_retention_plan* plan, size_t index);
HOLDFAST_API const char* holdfast_retention_plan_reason(const holdfast_retention_plan* plan, size_t index, size_t reason);
HOLDFAST_API uint64_t holdfast_retention_plan_removed(const holdfast_retention_plan* plan);
HOLDFAST_API uint64_t holdfast_retention_plan_freed_bytes(const holdfast_retention_plan* plan);
HOLDFAST_API void holdfast_retention_plan_free(holdfast_retention_plan* plan);

/* --- Keys --------------------------------------------------------------------------------------------------------- */

#define HOLDFAST_KEY_PASSWORD 1 /* any bytes, at least one */
#define HOLDFAST_KEY_RAW 2      /* 32 bytes */
#define HOLDFAST_KEY_RECOVERY 3 /* text of a recovery key; ignores blanks, dashes and case */

HOLDFAST_API holdfast_status holdfast_key_list_new(holdfast_key_list** out, holdfast_repository* repository, holdfast_error** err);
HOLDFAST_API size_t holdfast_key_list_count(const holdfast_key_list* list);
HOLDFAST_API const char* holdfast_key_list_id(const holdfast_key_list* list, size_t index);
HOLDFAST_API const char* holdfast_key_list_kind(const holdfast_key_list* list, size_t index); /* "password", "raw key", "" */
HOLDFAST_API const char* holdfast_key_list_damage(const holdfast_key_list* list, size_t index);
HOLDFAST_API void holdfast_key_list_free(holdfast_key_list* list);
/* `id` (may be NULL) receives the new key's id; free it with holdfast_string_free(). */
HOLDFAST_API holdfast_status holdfast_key_add(char** id, holdfast_repository* repository, int32_t kind, const void* key, size_t length,
                                              holdfast_error** err);
/* Makes a random key as text for printing, which detects a wrong digit. It opens what holdfast_key_add() adds it to. */
HOLDFAST_API holdfast_status holdfast_recovery_key_new(char** out, holdfast_error** err);
/* Refuses to remove the key that opened this repository. */
HOLDFAST_API holdfast_status holdfast_key_remove(holdfast_repository* repository, const char* id, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_key_rotate(holdfast_repository* repository, holdfast_error** err);

/* --- The host's own streams --------------------------------------------------------------------------------------- */

/* A backup that the host fills itself. If it is freed without commit, it never existed. */
HOLDFAST_API holdfast_status holdfast_backup_writer_begin(holdfast_backup_writer** out, holdfast_repository* repository,
                                                          const holdfast_options* options, holdfast_error** err);
/* For people: `uri` "app:notes" and `name` "notes". Backups of the same URIs are one series for retention. */
HOLDFAST_API holdfast_status holdfast_backup_writer_add_source(size_t* source_out, holdfast_backup_writer* writer, const char* uri,
                                                               const char* name, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_backup_writer_note(holdfast_backup_writer* writer, size_t source, const char* key, const char* value,
                                                         holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_backup_writer_set_instant(holdfast_backup_writer* writer, size_t source, int64_t instant,
                                                                holdfast_error** err);
/* Begins an entry: any UTF-8 name, unique in its source; options "entry.". Its commit adds it to the backup. The backup
 * can't be committed while an entry is neither committed nor aborted: entries are never missing by accident. */
HOLDFAST_API holdfast_status holdfast_backup_writer_open(holdfast_writer** out, holdfast_backup_writer* writer, size_t source,
                                                         const char* name, const char* kind, const holdfast_options* options,
                                                         holdfast_error** err);
/* Commits: the backup survives any later crash. HOLDFAST_E_INVALID_STATE names an unfinished entry. `out` may be
 * NULL. */
HOLDFAST_API holdfast_status holdfast_backup_writer_commit(holdfast_backup** out, holdfast_backup_writer* writer, holdfast_error** err);
HOLDFAST_API void holdfast_backup_writer_free(holdfast_backup_writer* writer);

/* Writes everything or fails. After a failure only abort and free are allowed. */
HOLDFAST_API holdfast_status holdfast_writer_write(holdfast_writer* writer, const void* data, size_t length, holdfast_error** err);
/* Adds an attribute. Only for entries, before their commit. */
HOLDFAST_API holdfast_status holdfast_writer_note(holdfast_writer* writer, const char* key, const char* value, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_writer_commit(holdfast_writer* writer, holdfast_error** err);
/* Discards the written bytes deliberately: the backup then omits the entry. */
HOLDFAST_API holdfast_status holdfast_writer_abort(holdfast_writer* writer, holdfast_error** err);
/* Without commit, nothing becomes visible. An entry neither committed nor aborted prevents the backup's commit. */
HOLDFAST_API void holdfast_writer_free(holdfast_writer* writer);

/* HOLDFAST_OK with *length_out = 0 is the end, after all checks that the stream allows. `capacity` must not be 0. */
HOLDFAST_API holdfast_status holdfast_reader_read(size_t* length_out, holdfast_reader* reader, void* buffer, size_t capacity,
                                                  holdfast_error** err);
HOLDFAST_API void holdfast_reader_free(holdfast_reader* reader);

/* --- Sources, targets, storages ----------------------------------------------------------------------------------- */

/* By URI; options "driver.", "backup.include", "backup.exclude". Neither connects yet. Your own: holdfast_driver.h. */
HOLDFAST_API holdfast_status holdfast_source_open(holdfast_source** out, const char* uri, const holdfast_options* options,
                                                  holdfast_error** err);
HOLDFAST_API void holdfast_source_free(holdfast_source* source);
HOLDFAST_API holdfast_status holdfast_target_open(holdfast_target** out, const char* uri, const holdfast_options* options,
                                                  holdfast_error** err);
HOLDFAST_API void holdfast_target_free(holdfast_target* target);

/* "file:///var/backups", a path, "memory:"; created if missing. */
HOLDFAST_API holdfast_status holdfast_storage_open(holdfast_storage** out, const char* uri, const holdfast_options* options,
                                                   holdfast_error** err);
HOLDFAST_API void holdfast_storage_free(holdfast_storage* storage);
HOLDFAST_API const char* holdfast_storage_uri(const holdfast_storage* storage);
#define HOLDFAST_STORAGE_ATOMIC_CREATE 1u /* two writers of one name: exactly one wins */
#define HOLDFAST_STORAGE_DURABLE 2u       /* an object survives power loss once committed */
HOLDFAST_API uint32_t holdfast_storage_caps(const holdfast_storage* storage);
/* HOLDFAST_E_ALREADY_EXISTS if the name is taken; then changes nothing. */
HOLDFAST_API holdfast_status holdfast_storage_put_new(holdfast_storage* storage, const char* name, const void* data, size_t length,
                                                      holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_storage_write(holdfast_writer** out, holdfast_storage* storage, const char* name,
                                                    holdfast_error** err);
/* `length` bytes from `offset`, clipped to the end; UINT64_MAX = all. */
HOLDFAST_API holdfast_status holdfast_storage_read(holdfast_reader** out, holdfast_storage* storage, const char* name, uint64_t offset,
                                                   uint64_t length, holdfast_error** err);

/* In callbacks: lives during the callback. */
typedef struct holdfast_object_info {
  uint32_t struct_size; /* set by the provider of the memory */
  uint32_t reserved;
  const char* name;
  uint64_t size;
  int64_t modified;
} holdfast_object_info;
/* HOLDFAST_E_NOT_FOUND if there is none. `out->name` stays NULL. */
HOLDFAST_API holdfast_status holdfast_storage_stat(holdfast_storage* storage, const char* name, holdfast_object_info* out,
                                                   holdfast_error** err);
/* Any status except HOLDFAST_OK ends the listing: HOLDFAST_E_CALLBACK (HOLDFAST_E_CANCELLED as itself). */
typedef holdfast_status (*holdfast_object_visitor)(void* user_data, const holdfast_object_info* object);
HOLDFAST_API holdfast_status holdfast_storage_list(holdfast_storage* storage, const char* prefix, holdfast_object_visitor visit,
                                                   void* user_data, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_storage_remove(holdfast_storage* storage, const char* name, holdfast_error** err);

#ifdef __cplusplus
}
#endif

#include "holdfast_doctor.h"
#include "holdfast_pipeline.h"

#endif
