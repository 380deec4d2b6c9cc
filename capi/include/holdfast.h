/* Holdfast's C interface: back up databases and streams, keep them encrypted, prove that they can be restored.
 *
 * Handles are opaque. Out parameters come first and are owned by the caller: every `T **` is released by holdfast_T_free(), which takes
 * NULL. A returned `const` pointer is borrowed from the object it was asked of and lives as long as that. Handles may be freed in any
 * order: a child keeps what it needs of its parent alive.
 *
 * Every function that can fail returns a holdfast_status and takes a last `holdfast_error **`, which may be NULL; `*err` need not be
 * initialised, is NULL after success and otherwise the caller's to free. On failure each owned out parameter is NULL.
 *
 * Threads. Each handle is one of: immutable (share it freely), concurrent (safe from many threads at once), serial (one thread at a time;
 * it may move between threads; use by two at once is refused where it is seen). A process that forks while a job or a backup writer lives
 * must not use any handle in the child; the child may only exec or exit.
 *
 * Callbacks must return: neither longjmp nor an exception may leave them. The library holds no lock of a handle while it calls one.
 * It prints nothing, reads no environment variable, handles no signal.
 *
 * Text is UTF-8 and NUL-terminated. Times are microseconds since 1970-01-01 UTC; 0 = unknown. NULL options are the defaults. */
#ifndef HOLDFAST_H
#define HOLDFAST_H

#include <stddef.h>
#include <stdint.h>

#define HOLDFAST_VERSION_MAJOR 0
#define HOLDFAST_VERSION_MINOR 1
#define HOLDFAST_VERSION_PATCH 0
#define HOLDFAST_VERSION_STRING "0.1.0"
/* Rises with every addition. While the version is 0.x another minor version is another ABI (and another SONAME). */
#define HOLDFAST_ABI_VERSION 5

#if defined(__GNUC__)
#define HOLDFAST_API __attribute__((visibility("default")))
#else
#define HOLDFAST_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- Status ------------------------------------------------------------------------------------------------------------------------- */

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
#define HOLDFAST_E_CALLBACK 33 /* a callback failed with a status of its own: detail "callback_status" has it */
#define HOLDFAST_RUNNING 64    /* of a job, and no error: it is not done yet */
/* Callbacks may return any of the above, or a status of their own from here on. */
#define HOLDFAST_STATUS_HOST 1000

/* --- Handles ------------------------------------------------------------------------------------------------------------------------ */

typedef struct holdfast_error holdfast_error;                   /* immutable */
typedef struct holdfast_options holdfast_options;               /* serial; copied by the call it is given to */
typedef struct holdfast_cancel_token holdfast_cancel_token;     /* concurrent */
typedef struct holdfast_repository holdfast_repository;         /* concurrent */
typedef struct holdfast_backup holdfast_backup;                 /* immutable: one line of a listing */
typedef struct holdfast_backup_list holdfast_backup_list;       /* immutable */
typedef struct holdfast_manifest holdfast_manifest;             /* immutable: all there is in one backup */
typedef struct holdfast_entry holdfast_entry;                   /* immutable, borrowed: one named stream of a backup */
typedef struct holdfast_source_record holdfast_source_record;   /* immutable, borrowed: what was read, from where, when */
typedef struct holdfast_notes holdfast_notes;                   /* immutable, borrowed: texts by name */
typedef struct holdfast_diff holdfast_diff;                     /* immutable */
typedef struct holdfast_retention_plan holdfast_retention_plan; /* immutable */
typedef struct holdfast_verify_report holdfast_verify_report;   /* immutable */
typedef struct holdfast_verify_list holdfast_verify_list;       /* immutable: reports */
typedef struct holdfast_key_list holdfast_key_list;             /* immutable */
typedef struct holdfast_finding_list holdfast_finding_list;     /* immutable */
typedef struct holdfast_job holdfast_job;                       /* serial, but for cancel, wait and progress: concurrent */
typedef struct holdfast_backup_writer holdfast_backup_writer;   /* concurrent, but for commit: serial */
typedef struct holdfast_writer holdfast_writer;                 /* serial */
typedef struct holdfast_reader holdfast_reader;                 /* serial */
typedef struct holdfast_storage holdfast_storage;               /* concurrent */
typedef struct holdfast_source holdfast_source;                 /* serial; good for one backup */
typedef struct holdfast_target holdfast_target;                 /* serial; good for one restore */
typedef struct holdfast_transform holdfast_transform;           /* immutable */
typedef struct holdfast_pipeline holdfast_pipeline;             /* serial */

/* --- Version ------------------------------------------------------------------------------------------------------------------------ */

HOLDFAST_API const char* holdfast_version(void);
HOLDFAST_API uint32_t holdfast_abi_version(void);
/* One line for bug reports: version and compiler. */
HOLDFAST_API const char* holdfast_build_info(void);
/* "not_found"; for a number that is none of the library's, "unknown". */
HOLDFAST_API const char* holdfast_status_name(holdfast_status status);

/* --- Errors ------------------------------------------------------------------------------------------------------------------------- */

HOLDFAST_API holdfast_status holdfast_error_code(const holdfast_error* error); /* of NULL: HOLDFAST_OK */
/* One line: what failed, on which object, why, what to do. Never a secret. Of NULL: "". */
HOLDFAST_API const char* holdfast_error_message(const holdfast_error* error);
/* What it happened to: "repository", "job", "storage", "option" … */
HOLDFAST_API const char* holdfast_error_domain(const holdfast_error* error);
HOLDFAST_API int32_t holdfast_error_is_retryable(const holdfast_error* error); /* trying again may help */
HOLDFAST_API size_t holdfast_error_detail_count(const holdfast_error* error);
HOLDFAST_API const char* holdfast_error_detail_key(const holdfast_error* error, size_t index); /* NULL past the end */
HOLDFAST_API const char* holdfast_error_detail_value(const holdfast_error* error, size_t index);
HOLDFAST_API void holdfast_error_free(holdfast_error* error);
/* For callbacks: makes an error and returns its status, as in `return holdfast_error_set(err, HOLDFAST_E_NOT_FOUND, "no such object")`. */
HOLDFAST_API holdfast_status holdfast_error_set(holdfast_error** err, holdfast_status status, const char* message);

/* Wipes and frees a text the library returned through a `char **`. */
HOLDFAST_API void holdfast_string_free(char* text);

/* --- Options ------------------------------------------------------------------------------------------------------------------------ */

#define HOLDFAST_TYPE_STRING 1
#define HOLDFAST_TYPE_INTEGER 2
#define HOLDFAST_TYPE_BOOLEAN 3
#define HOLDFAST_TYPE_BYTES 4
#define HOLDFAST_TYPE_LIST 5   /* of strings */
#define HOLDFAST_TYPE_FAMILY 6 /* every key that begins with this name; strings */
/* Of drivers' options only, which are set as texts whatever their type; a list as a JSON array of strings. */
#define HOLDFAST_TYPE_SIZE 7     /* bytes; K, M, G or T behind the digits are powers of 1024 */
#define HOLDFAST_TYPE_DURATION 8 /* "90s", "15m", "12h", "7d", "2w" or a sum of them */
#define HOLDFAST_TYPE_CHOICE 9   /* one of `choices` */

/* A declared option. Lives as long as the library. Don't copy it by its size: it may grow. */
typedef struct holdfast_option_info {
  uint32_t struct_size;
  int32_t type;
  const char* name;
  const char* default_value; /* as text; "" = none */
  const char* help;
  int64_t minimum; /* of integers, sizes (bytes) and durations (seconds) */
  int64_t maximum;
  int32_t is_secret;
  const char* choices; /* of a choice, parted by '|'; else "" */
  const char* calls;   /* of a driver's option: those of "backup", "restore", "verify" and "export" that take it, parted by '|'; else "" */
} holdfast_option_info;

/* All option keys, by index. docs/c-api.md lists them. A key's first word says which calls look at it: one object may serve several. */
HOLDFAST_API size_t holdfast_option_count(void);
HOLDFAST_API const holdfast_option_info* holdfast_option_at(size_t index); /* NULL past the end */
HOLDFAST_API const holdfast_option_info* holdfast_option_find(const char* key);

/* The drivers and their options, which are set as "driver.NAME". A call refuses what its driver does not know or takes in other calls only;
 * "verify" is the one at level restore; the other levels open no driver and look at none of them. */
HOLDFAST_API size_t holdfast_driver_count(void);
HOLDFAST_API const char* holdfast_driver_name(size_t driver); /* NULL past the end */
HOLDFAST_API size_t holdfast_driver_option_count(size_t driver);
HOLDFAST_API const holdfast_option_info* holdfast_driver_option_at(size_t driver, size_t index);

HOLDFAST_API holdfast_status holdfast_options_new(holdfast_options** out, holdfast_error** err);
/* From an object {"key": text, integer, true/false or list of texts}. What can't be taken as it stands is refused: a key that is there
 * twice, a NUL in a text (a secret goes in with holdfast_options_set_bytes()), an integer beyond 64 bits, a fraction, anything nested. */
HOLDFAST_API holdfast_status holdfast_options_from_json(holdfast_options** out, const char* text, size_t length, holdfast_error** err);
HOLDFAST_API void holdfast_options_free(holdfast_options* options);
/* An unknown key, another type than declared or a number out of bounds is HOLDFAST_E_INVALID_ARGUMENT and changes nothing. */
HOLDFAST_API holdfast_status holdfast_options_set_string(holdfast_options* options, const char* key, const char* value,
                                                         holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_options_set_int64(holdfast_options* options, const char* key, int64_t value, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_options_set_bool(holdfast_options* options, const char* key, int32_t value, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_options_set_bytes(holdfast_options* options, const char* key, const void* data, size_t length,
                                                        holdfast_error** err);
/* Appends to a list. */
HOLDFAST_API holdfast_status holdfast_options_add_string(holdfast_options* options, const char* key, const char* value,
                                                         holdfast_error** err);
/* Back to the default. */
HOLDFAST_API holdfast_status holdfast_options_unset(holdfast_options* options, const char* key, holdfast_error** err);
/* The calls that get these options end with HOLDFAST_E_CANCELLED soon after a request. NULL takes it off again. */
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
#define HOLDFAST_EVENT_BEGUN 7 /* of an operation; and its end, well or not: `record` describes it */
#define HOLDFAST_EVENT_ENDED 8

/* Lives during the callback. Don't copy it by its size: it may grow. */
typedef struct holdfast_event {
  uint32_t struct_size;
  int32_t kind;
  const char* message;
  const char* object;
  uint64_t bytes_done;
  uint64_t bytes_total; /* an estimate; 0 = unknown */
  uint64_t bytes_stored;
  const char* operation; /* the id of the operation that it belongs to; "" = none */
  const char* record;    /* of BEGUN and ENDED, else NULL: JSON, docs/embedding.md says what is in it */
} holdfast_event;

/* Anything but HOLDFAST_OK stops the job: HOLDFAST_E_CANCELLED as a cancel does, another status as HOLDFAST_E_CALLBACK. */
typedef holdfast_status (*holdfast_event_callback)(void* user_data, const holdfast_event* event);
/* What jobs report. Called inside holdfast_job_step() and _run(), on the caller's thread, one at a time; progress is merged, and of the
 * rest the newest 4096 are kept for a host that does not step. `release` (may be NULL) is called exactly once, also if this call fails. */
HOLDFAST_API holdfast_status holdfast_options_set_events(holdfast_options* options, holdfast_event_callback callback, void* user_data,
                                                         void (*release)(void* user_data), holdfast_error** err);

/* --- Repositories ------------------------------------------------------------------------------------------------------------------- */

/* Without a key, creating fails unless option "repository.encryption" is "none". */
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
/* `backup` is here and in all calls below an id, the unique beginning of one, or "latest". */
HOLDFAST_API holdfast_status holdfast_repository_find(holdfast_backup** out, holdfast_repository* repository, const char* backup,
                                                      const holdfast_options* options, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_repository_remove(holdfast_repository* repository, const char* backup,
                                                        const holdfast_options* options, holdfast_error** err);
/* Takes whole ids only. */
HOLDFAST_API holdfast_status holdfast_repository_undo_remove(holdfast_repository* repository, const char* id,
                                                             const holdfast_options* options, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_repository_diff(holdfast_diff** out, holdfast_repository* repository, const char* first,
                                                      const char* second, const holdfast_options* options, holdfast_error** err);
/* A text, freed with holdfast_string_free(), to keep out of the storage owner's reach. Check the old before a new one replaces it. */
HOLDFAST_API holdfast_status holdfast_repository_anchor(char** out, holdfast_repository* repository, const holdfast_options* options,
                                                        holdfast_error** err);
/* A fault for each backup of the anchor that is gone or is another one. One whose removal is on record is no fault; a plain repository has
 * none on record: make a new anchor after each. HOLDFAST_E_INVALID_ARGUMENT for a text that is no anchor of this repository. */
HOLDFAST_API holdfast_status holdfast_repository_check_anchor(holdfast_verify_report** out, holdfast_repository* repository,
                                                              const char* anchor, const holdfast_options* options, holdfast_error** err);

/* --- Backups, manifests, entries ---------------------------------------------------------------------------------------------------- */

#define HOLDFAST_LEVEL_STORED 0
#define HOLDFAST_LEVEL_CHECKSUMMED 1
#define HOLDFAST_LEVEL_RESTORED 2
#define HOLDFAST_LEVEL_CONTENT_EQUAL 3

HOLDFAST_API size_t holdfast_backup_list_count(const holdfast_backup_list* list);
HOLDFAST_API const holdfast_backup* holdfast_backup_list_at(const holdfast_backup_list* list, size_t index); /* NULL past the end */
HOLDFAST_API void holdfast_backup_list_free(holdfast_backup_list* list);

HOLDFAST_API const char* holdfast_backup_id(const holdfast_backup* backup);
HOLDFAST_API int64_t holdfast_backup_time(const holdfast_backup* backup); /* when it was begun */
HOLDFAST_API int64_t holdfast_backup_finished(const holdfast_backup* backup);
HOLDFAST_API uint64_t holdfast_backup_entries(const holdfast_backup* backup);
HOLDFAST_API uint64_t holdfast_backup_plain_bytes(const holdfast_backup* backup);
HOLDFAST_API uint64_t holdfast_backup_stored_bytes(const holdfast_backup* backup);
HOLDFAST_API int32_t holdfast_backup_level(const holdfast_backup* backup); /* HOLDFAST_LEVEL_*: the best proof on record */
HOLDFAST_API int64_t holdfast_backup_proven(const holdfast_backup* backup);
HOLDFAST_API const char* holdfast_backup_damage(const holdfast_backup* backup); /* not "": why it can't be read; only the id is known */
HOLDFAST_API const holdfast_notes* holdfast_backup_tags(const holdfast_backup* backup);
HOLDFAST_API size_t holdfast_backup_source_count(const holdfast_backup* backup);
HOLDFAST_API const holdfast_source_record* holdfast_backup_source(const holdfast_backup* backup, size_t index);
HOLDFAST_API void holdfast_backup_free(holdfast_backup* backup); /* not for borrowed ones */

HOLDFAST_API const char* holdfast_source_record_uri(const holdfast_source_record* source);
HOLDFAST_API const char* holdfast_source_record_driver(const holdfast_source_record* source);
HOLDFAST_API const char* holdfast_source_record_name(const holdfast_source_record* source);
HOLDFAST_API int64_t holdfast_source_record_instant(const holdfast_source_record* source); /* its data is consistent as of this moment */
HOLDFAST_API const holdfast_notes* holdfast_source_record_notes(const holdfast_source_record* source);

HOLDFAST_API size_t holdfast_notes_count(const holdfast_notes* notes);
HOLDFAST_API const char* holdfast_notes_key(const holdfast_notes* notes, size_t index); /* in the order of keys; NULL past the end */
HOLDFAST_API const char* holdfast_notes_value(const holdfast_notes* notes, size_t index);
HOLDFAST_API const char* holdfast_notes_get(const holdfast_notes* notes, const char* key); /* NULL if it is not there */

HOLDFAST_API holdfast_status holdfast_manifest_open(holdfast_manifest** out, holdfast_repository* repository, const char* backup,
                                                    const holdfast_options* options, holdfast_error** err);
HOLDFAST_API const char* holdfast_manifest_id(const holdfast_manifest* manifest);
HOLDFAST_API const char* holdfast_manifest_written_by(const holdfast_manifest* manifest);
HOLDFAST_API size_t holdfast_manifest_source_count(const holdfast_manifest* manifest);
HOLDFAST_API const holdfast_source_record* holdfast_manifest_source(const holdfast_manifest* manifest, size_t index);
HOLDFAST_API size_t holdfast_manifest_entry_count(const holdfast_manifest* manifest);
HOLDFAST_API const holdfast_entry* holdfast_manifest_entry(const holdfast_manifest* manifest, size_t index);
/* By name, in one source; NULL if there is none. */
HOLDFAST_API const holdfast_entry* holdfast_manifest_find(const holdfast_manifest* manifest, size_t source, const char* name);
HOLDFAST_API void holdfast_manifest_free(holdfast_manifest* manifest);
/* The plain bytes of one of this manifest's entries; every hash is checked by the time the reader says it ended. */
HOLDFAST_API holdfast_status holdfast_manifest_read(holdfast_reader** out, const holdfast_manifest* manifest, const holdfast_entry* entry,
                                                    holdfast_error** err);

HOLDFAST_API const char* holdfast_entry_name(const holdfast_entry* entry);
HOLDFAST_API const char* holdfast_entry_kind(const holdfast_entry* entry);
HOLDFAST_API size_t holdfast_entry_source(const holdfast_entry* entry);
HOLDFAST_API uint64_t holdfast_entry_plain_bytes(const holdfast_entry* entry);
HOLDFAST_API uint64_t holdfast_entry_stored_bytes(const holdfast_entry* entry); /* packed layout: 0, for entries share what is stored */
HOLDFAST_API const char* holdfast_entry_content_hash(const holdfast_entry* entry);
HOLDFAST_API const holdfast_notes* holdfast_entry_attributes(const holdfast_entry* entry);

#define HOLDFAST_DIFF_ADDED 1
#define HOLDFAST_DIFF_REMOVED 2
#define HOLDFAST_DIFF_CHANGED 3
HOLDFAST_API size_t holdfast_diff_count(const holdfast_diff* diff, int32_t kind);
HOLDFAST_API const holdfast_entry* holdfast_diff_entry(const holdfast_diff* diff, int32_t kind, size_t index);
HOLDFAST_API uint64_t holdfast_diff_unchanged(const holdfast_diff* diff);
HOLDFAST_API void holdfast_diff_free(holdfast_diff* diff);

/* --- Jobs --------------------------------------------------------------------------------------------------------------------------- */

/* Each of these begins to work at once, on threads of its own that are gone when the job is done. Handles given to it may be freed. */
HOLDFAST_API holdfast_status holdfast_backup_start(holdfast_job** out, holdfast_repository* repository, const char* source_uri,
                                                   const holdfast_options* options, holdfast_error** err);
/* Several sources under one commit. The sources are used up. */
HOLDFAST_API holdfast_status holdfast_backup_start_sources(holdfast_job** out, holdfast_repository* repository,
                                                           holdfast_source* const* sources, size_t count, const holdfast_options* options,
                                                           holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_restore_start(holdfast_job** out, holdfast_repository* repository, const char* backup,
                                                    const char* target_uri, const holdfast_options* options, holdfast_error** err);
/* One source of a backup; the target is used up. */
HOLDFAST_API holdfast_status holdfast_restore_start_target(holdfast_job** out, holdfast_repository* repository, const char* backup,
                                                           size_t source, holdfast_target* target, const holdfast_options* options,
                                                           holdfast_error** err);
/* `backup` NULL: the repository's own objects. Damage is in the report; the job itself ends well. */
HOLDFAST_API holdfast_status holdfast_verify_start(holdfast_job** out, holdfast_repository* repository, const char* backup,
                                                   const holdfast_options* options, holdfast_error** err);
/* The repository's own objects and all its backups, in one pass: what several of them share is looked at once. Levels quick and full. */
HOLDFAST_API holdfast_status holdfast_verify_all_start(holdfast_job** out, holdfast_repository* repository, const holdfast_options* options,
                                                       holdfast_error** err);
/* Removes what no "expire." rule keeps. Without any rule it fails. */
HOLDFAST_API holdfast_status holdfast_expire_start(holdfast_job** out, holdfast_repository* repository, const holdfast_options* options,
                                                   holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_gc_start(holdfast_job** out, holdfast_repository* repository, const holdfast_options* options,
                                               holdfast_error** err);
/* Makes a packed repository's index again where it is lost or damaged. Safe at any time, and to repeat. */
HOLDFAST_API holdfast_status holdfast_repair_start(holdfast_job** out, holdfast_repository* repository, const holdfast_options* options,
                                                   holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_copy_start(holdfast_job** out, holdfast_repository* repository, const char* backup,
                                                 holdfast_repository* destination, const holdfast_options* options, holdfast_error** err);
/* One source of a backup in a form that stock tools read, into a writer that is used up (and committed when the job ends well). */
HOLDFAST_API holdfast_status holdfast_export_start(holdfast_job** out, holdfast_repository* repository, const char* backup, size_t source,
                                                   holdfast_writer* writer, const holdfast_options* options, holdfast_error** err);
/* Everything a reader has through the pipeline's stages into one new object. The reader is used up. */
HOLDFAST_API holdfast_status holdfast_pipeline_start(holdfast_job** out, const holdfast_pipeline* pipeline, holdfast_reader* reader,
                                                     holdfast_storage* storage, const char* object, const holdfast_options* options,
                                                     holdfast_error** err);

/* Waits for at most that many milliseconds, handing out events meanwhile. HOLDFAST_RUNNING: not done. Else it is done: HOLDFAST_OK or why
 * it failed; asked again, a job that is done says the same again. From an event callback of the same job: HOLDFAST_E_INVALID_STATE. */
HOLDFAST_API holdfast_status holdfast_job_step(holdfast_job* job, int64_t budget_ms, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_job_run(holdfast_job* job, holdfast_error** err); /* steps until it is done */
/* As step, from any thread and without handing out events. Negative: as long as it takes. */
HOLDFAST_API holdfast_status holdfast_job_wait(holdfast_job* job, int64_t timeout_ms, holdfast_error** err);
/* From any thread, returns at once, can't be taken back. The job ends with HOLDFAST_E_CANCELLED unless it is just ending otherwise. */
HOLDFAST_API holdfast_status holdfast_job_cancel(holdfast_job* job, holdfast_error** err);

/* The caller sets struct_size to sizeof(holdfast_progress). */
typedef struct holdfast_progress {
  uint32_t struct_size;
  holdfast_status status; /* HOLDFAST_RUNNING, or how it ended */
  uint64_t bytes_done;    /* plain bytes read or written */
  uint64_t bytes_total;   /* an estimate; 0 = unknown */
  uint64_t bytes_stored;
  uint64_t entries_done;
  uint64_t warnings;
} holdfast_progress;
HOLDFAST_API holdfast_status holdfast_job_progress(const holdfast_job* job, holdfast_progress* out, holdfast_error** err);
HOLDFAST_API void holdfast_job_free(holdfast_job* job); /* cancels one that runs, and waits for it: its timeouts bound the wait */

/* Results. HOLDFAST_E_INVALID_STATE unless the job ended well and is of the kind that has one. */
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
} holdfast_garbage_report;
HOLDFAST_API holdfast_status holdfast_job_garbage_report(const holdfast_job* job, holdfast_garbage_report* out, holdfast_error** err);

/* The caller sets struct_size. */
typedef struct holdfast_repair_report {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t indexed_packs;    /* that no readable part of the index named, and one does now */
  uint64_t removed_segments; /* damaged parts of the index, which nothing needs any more */
  uint64_t unreadable_packs; /* which can't be read themselves; a warning names each */
} holdfast_repair_report;
HOLDFAST_API holdfast_status holdfast_job_repair_report(const holdfast_job* job, holdfast_repair_report* out, holdfast_error** err);

/* --- Verification ------------------------------------------------------------------------------------------------------------------- */

HOLDFAST_API const char* holdfast_verify_report_backup(const holdfast_verify_report* report); /* id; "" = the repository's own objects */
HOLDFAST_API int32_t holdfast_verify_report_ok(const holdfast_verify_report* report);         /* no fault, and every query answered */
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

/* That of the repository's own objects, then those of the backups, newest first. What several share is counted in the oldest one's; what is
 * wrong with it is in the reports of all. */
HOLDFAST_API size_t holdfast_verify_list_count(const holdfast_verify_list* list);
HOLDFAST_API const holdfast_verify_report* holdfast_verify_list_at(const holdfast_verify_list* list, size_t index); /* NULL past the end */
HOLDFAST_API void holdfast_verify_list_free(holdfast_verify_list* list);

/* --- Retention ---------------------------------------------------------------------------------------------------------------------- */

/* What holdfast_expire_start() would do now; changes nothing. */
HOLDFAST_API holdfast_status holdfast_retention_plan_new(holdfast_retention_plan** out, holdfast_repository* repository,
                                                         const holdfast_options* options, holdfast_error** err);
HOLDFAST_API size_t holdfast_retention_plan_count(const holdfast_retention_plan* plan);
HOLDFAST_API const holdfast_backup* holdfast_retention_plan_backup(const holdfast_retention_plan* plan, size_t index);
HOLDFAST_API int32_t holdfast_retention_plan_keeps(const holdfast_retention_plan* plan, size_t index); /* 1 kept, 0 removed */
HOLDFAST_API size_t holdfast_retention_plan_reason_count(const holdfast_retention_plan* plan, size_t index);
HOLDFAST_API const char* holdfast_retention_plan_reason(const holdfast_retention_plan* plan, size_t index, size_t reason);
HOLDFAST_API uint64_t holdfast_retention_plan_removed(const holdfast_retention_plan* plan);
HOLDFAST_API uint64_t holdfast_retention_plan_freed_bytes(const holdfast_retention_plan* plan);
HOLDFAST_API void holdfast_retention_plan_free(holdfast_retention_plan* plan);

/* --- Keys --------------------------------------------------------------------------------------------------------------------------- */

#define HOLDFAST_KEY_PASSWORD 1 /* any bytes but none */
#define HOLDFAST_KEY_RAW 2      /* 32 bytes */
#define HOLDFAST_KEY_RECOVERY 3 /* the text of a recovery key; blanks, dashes and case don't matter */

HOLDFAST_API holdfast_status holdfast_key_list_new(holdfast_key_list** out, holdfast_repository* repository, holdfast_error** err);
HOLDFAST_API size_t holdfast_key_list_count(const holdfast_key_list* list);
HOLDFAST_API const char* holdfast_key_list_id(const holdfast_key_list* list, size_t index);
HOLDFAST_API const char* holdfast_key_list_kind(const holdfast_key_list* list, size_t index); /* "password", "raw key", "" */
HOLDFAST_API const char* holdfast_key_list_damage(const holdfast_key_list* list, size_t index);
HOLDFAST_API void holdfast_key_list_free(holdfast_key_list* list);
/* `id` (may be NULL) receives the new key's, to be freed with holdfast_string_free(). */
HOLDFAST_API holdfast_status holdfast_key_add(char** id, holdfast_repository* repository, int32_t kind, const void* key, size_t length,
                                              holdfast_error** err);
/* A new random key as text for paper, in which a wrong digit is noticed. It opens what it was added to with holdfast_key_add(). */
HOLDFAST_API holdfast_status holdfast_recovery_key_new(char** out, holdfast_error** err);
/* Refuses to remove the key this repository was opened with. */
HOLDFAST_API holdfast_status holdfast_key_remove(holdfast_repository* repository, const char* id, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_key_rotate(holdfast_repository* repository, holdfast_error** err);

/* --- The host's own streams --------------------------------------------------------------------------------------------------------- */

/* A backup that the host fills itself. Freed without commit, it never existed. */
HOLDFAST_API holdfast_status holdfast_backup_writer_begin(holdfast_backup_writer** out, holdfast_repository* repository,
                                                          const holdfast_options* options, holdfast_error** err);
/* `uri` and `name` tell people what this is ("app:notes", "notes"); backups of the same URIs are one series for retention. */
HOLDFAST_API holdfast_status holdfast_backup_writer_add_source(size_t* source_out, holdfast_backup_writer* writer, const char* uri,
                                                               const char* name, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_backup_writer_note(holdfast_backup_writer* writer, size_t source, const char* key, const char* value,
                                                         holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_backup_writer_set_instant(holdfast_backup_writer* writer, size_t source, int64_t instant,
                                                                holdfast_error** err);
/* A new entry: any UTF-8 name, unique in its source. Its commit makes it part of the backup; options "entry." apply. One that is begun and
 * neither committed nor aborted keeps the backup from being committed: that an entry is missing is never an accident. */
HOLDFAST_API holdfast_status holdfast_backup_writer_open(holdfast_writer** out, holdfast_backup_writer* writer, size_t source,
                                                         const char* name, const char* kind, const holdfast_options* options,
                                                         holdfast_error** err);
/* The commit point: on return the backup survives a crash of anything. HOLDFAST_E_INVALID_STATE, naming an entry that is not finished.
 * `out` may be NULL. */
HOLDFAST_API holdfast_status holdfast_backup_writer_commit(holdfast_backup** out, holdfast_backup_writer* writer, holdfast_error** err);
HOLDFAST_API void holdfast_backup_writer_free(holdfast_backup_writer* writer);

/* Takes all of it or fails. After a failure only abort and free are left. */
HOLDFAST_API holdfast_status holdfast_writer_write(holdfast_writer* writer, const void* data, size_t length, holdfast_error** err);
/* Of an entry only, before its commit: adds an attribute. */
HOLDFAST_API holdfast_status holdfast_writer_note(holdfast_writer* writer, const char* key, const char* value, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_writer_commit(holdfast_writer* writer, holdfast_error** err);
/* Drops what was written, on purpose: a backup's entry is left out then. */
HOLDFAST_API holdfast_status holdfast_writer_abort(holdfast_writer* writer, holdfast_error** err);
/* Not committed: nothing becomes visible. Of a backup's entry that is neither committed nor aborted: the backup can't be committed. */
HOLDFAST_API void holdfast_writer_free(holdfast_writer* writer);

/* HOLDFAST_OK with *length_out = 0 is the end, verified as far as the stream can be. `capacity` is not 0. */
HOLDFAST_API holdfast_status holdfast_reader_read(size_t* length_out, holdfast_reader* reader, void* buffer, size_t capacity,
                                                  holdfast_error** err);
HOLDFAST_API void holdfast_reader_free(holdfast_reader* reader);

/* --- Sources, targets, storages ----------------------------------------------------------------------------------------------------- */

/* By URI, with options "driver." and "backup.include" / "backup.exclude". Neither connects yet. Own ones: holdfast_driver.h. */
HOLDFAST_API holdfast_status holdfast_source_open(holdfast_source** out, const char* uri, const holdfast_options* options,
                                                  holdfast_error** err);
HOLDFAST_API void holdfast_source_free(holdfast_source* source);
HOLDFAST_API holdfast_status holdfast_target_open(holdfast_target** out, const char* uri, const holdfast_options* options,
                                                  holdfast_error** err);
HOLDFAST_API void holdfast_target_free(holdfast_target* target);

/* "file:///var/backups", a path, "memory:"; made when it is missing. */
HOLDFAST_API holdfast_status holdfast_storage_open(holdfast_storage** out, const char* uri, const holdfast_options* options,
                                                   holdfast_error** err);
HOLDFAST_API void holdfast_storage_free(holdfast_storage* storage);
HOLDFAST_API const char* holdfast_storage_uri(const holdfast_storage* storage);
#define HOLDFAST_STORAGE_ATOMIC_CREATE 1u /* two writers of one name: exactly one wins */
#define HOLDFAST_STORAGE_DURABLE 2u       /* an object survives power loss once committed */
HOLDFAST_API uint32_t holdfast_storage_caps(const holdfast_storage* storage);
/* HOLDFAST_E_ALREADY_EXISTS when the name is taken; nothing is changed then. */
HOLDFAST_API holdfast_status holdfast_storage_put_new(holdfast_storage* storage, const char* name, const void* data, size_t length,
                                                      holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_storage_write(holdfast_writer** out, holdfast_storage* storage, const char* name,
                                                    holdfast_error** err);
/* `length` bytes from `offset`, clipped to the end; UINT64_MAX = all. */
HOLDFAST_API holdfast_status holdfast_storage_read(holdfast_reader** out, holdfast_storage* storage, const char* name, uint64_t offset,
                                                   uint64_t length, holdfast_error** err);

/* In callbacks: lives as long as those. */
typedef struct holdfast_object_info {
  uint32_t struct_size; /* set by whoever provides the memory */
  uint32_t reserved;
  const char* name;
  uint64_t size;
  int64_t modified;
} holdfast_object_info;
/* HOLDFAST_E_NOT_FOUND when there is none. `out->name` stays NULL. */
HOLDFAST_API holdfast_status holdfast_storage_stat(holdfast_storage* storage, const char* name, holdfast_object_info* out,
                                                   holdfast_error** err);
/* Anything but HOLDFAST_OK ends the listing; it is returned as HOLDFAST_E_CALLBACK (HOLDFAST_E_CANCELLED as itself). */
typedef holdfast_status (*holdfast_object_visitor)(void* user_data, const holdfast_object_info* object);
HOLDFAST_API holdfast_status holdfast_storage_list(holdfast_storage* storage, const char* prefix, holdfast_object_visitor visit,
                                                   void* user_data, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_storage_remove(holdfast_storage* storage, const char* name, holdfast_error** err);

/* --- Doctor ------------------------------------------------------------------------------------------------------------------------- */

/* Proves by trying that a storage keeps its contract. Leaves nothing behind where it may remove. */
HOLDFAST_API holdfast_status holdfast_storage_diagnose(holdfast_finding_list** out, holdfast_storage* storage,
                                                       const holdfast_options* options, holdfast_error** err);
/* What a driver needs and what of it is here. `driver` is its name; or NULL, and it is the one of the URI. With a URI (may be NULL) also
 * whether that server can be backed up: it connects. */
HOLDFAST_API holdfast_status holdfast_driver_diagnose(holdfast_finding_list** out, const char* driver, const char* uri,
                                                      const holdfast_options* options, holdfast_error** err);

#define HOLDFAST_FINDING_OK 0
#define HOLDFAST_FINDING_WARNING 1
#define HOLDFAST_FINDING_MISSING 2
HOLDFAST_API size_t holdfast_finding_list_count(const holdfast_finding_list* list);
HOLDFAST_API int32_t holdfast_finding_list_state(const holdfast_finding_list* list, size_t index); /* past the end: -1 */
HOLDFAST_API const char* holdfast_finding_list_what(const holdfast_finding_list* list, size_t index);
HOLDFAST_API const char* holdfast_finding_list_detail(const holdfast_finding_list* list, size_t index);
HOLDFAST_API void holdfast_finding_list_free(holdfast_finding_list* list);

#ifdef __cplusplus
}
#endif

#include "holdfast_pipeline.h"

#endif
