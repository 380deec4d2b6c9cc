/* Tables of functions for your own Storage, Source, Target, Driver, Transform, key provider, clock or stream.
 *
 * Each table begins with struct_size (sizeof of the struct as the caller knows it), user_data and release. A call that
 * takes a table copies it and owns it from then on, on success and on failure. It sets `release` in the caller's struct
 * to NULL, and calls the original function exactly once, when nothing will call the table any more. Zero the struct
 * first. Comments mark the functions that may be NULL. Functions of later versions are then NULL, as they are in the
 * shorter table of a program that was built with an earlier header. A table is refused if it is too small, or if it is
 * longer than this library knows and not zero in the unknown part. A struct too small to hold `release` is refused
 * without a call to `release`.
 *
 * A function returns HOLDFAST_OK, one of HOLDFAST_E_* (preferably through holdfast_error_set(), which adds a message),
 * or its own status from HOLDFAST_STATUS_HOST on. The host receives such a status as HOLDFAST_E_CALLBACK with detail
 * "callback_status". Unless a table specifies otherwise, its functions may be called on any thread: one at a time for a
 * stream, and any number at a time for a storage. They may use other handles, but not the one that they implement. */
#ifndef HOLDFAST_DRIVER_H
#define HOLDFAST_DRIVER_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Streams ------------------------------------------------------------------------------------------------------ */

/* A stream to read from. Not called again after an error or the end. */
typedef struct holdfast_reader_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  /* Reads up to `capacity` bytes, at least one, and sets how many; 0 = the end. */
  holdfast_status (*read)(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err);
} holdfast_reader_driver;

/* A stream to write to. Release without commit = abort: nothing becomes visible. */
typedef struct holdfast_writer_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  /* Writes everything or fails. */
  holdfast_status (*write)(void* user_data, const void* data, size_t length, holdfast_error** err);
  /* Called once, last: makes the written bytes durable and visible, or fails. */
  holdfast_status (*commit)(void* user_data, holdfast_error** err);
} holdfast_writer_driver;

HOLDFAST_API holdfast_status holdfast_reader_new(holdfast_reader** out, holdfast_reader_driver* driver, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_writer_new(holdfast_writer** out, holdfast_writer_driver* driver, holdfast_error** err);

/* --- Storage ------------------------------------------------------------------------------------------------------ */

/* A flat set of write-once objects. The library checks names first: 1 to 1024 bytes of printable ASCII in parts
 * separated by '/'. An object is visible completely or not at all, is durable before the call that creates it returns,
 * and is never overwritten. All functions must be safe from many threads at once. */
typedef struct holdfast_storage_driver {
  uint32_t struct_size;
  uint32_t caps; /* HOLDFAST_STORAGE_* */
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  const char* uri;                  /* for people: without credentials; copied */
  /* May be NULL: then the library uses `write`. HOLDFAST_E_ALREADY_EXISTS if the name is taken; then changes
   * nothing. */
  holdfast_status (*put_new)(void* user_data, const char* name, const void* data, size_t length, holdfast_error** err);
  /* Sets `*out` (its struct_size is set) to a stream whose commit creates the object or returns
   * HOLDFAST_E_ALREADY_EXISTS. */
  holdfast_status (*write)(void* user_data, const char* name, holdfast_writer_driver* out, holdfast_error** err);
  /* Sets `*out` to `length` bytes from `offset`, both clipped to the end of the object. HOLDFAST_E_NOT_FOUND if there
   * is none. */
  holdfast_status (*read)(void* user_data, const char* name, uint64_t offset, uint64_t length, holdfast_reader_driver* out,
                          holdfast_error** err);
  /* Sets size and modified (by the storage's clock; 0 = unknown), not name. HOLDFAST_E_NOT_FOUND if there is none. */
  holdfast_status (*stat)(void* user_data, const char* name, holdfast_object_info* out, holdfast_error** err);
  /* Calls `visit` once for each object whose name begins with `prefix`, in any order. If visit returns a status other
   * than HOLDFAST_OK, list returns that at once. An incomplete listing must be an error. */
  holdfast_status (*list)(void* user_data, const char* prefix, holdfast_object_visitor visit, void* visit_data, holdfast_error** err);
  /* Durable. HOLDFAST_E_NOT_FOUND if there is none. */
  holdfast_status (*remove)(void* user_data, const char* name, holdfast_error** err);
  /* All three or none; since HOLDFAST_ABI_VERSION 4. Needed by a storage that can lock its objects against removal
   * (object lock), and by a storage that forwards calls to one: it calls holdfast_storage_locks() etc. there. Without
   * them nothing is locked. If the library detects that calls are forwarded to a storage that does lock, repositories
   * can't be opened (HOLDFAST_E_UNSUPPORTED). */
  int32_t (*locks)(void* user_data); /* 1: locks objects, except those with short-lived names (docs/storage.md) */
  holdfast_status (*locked_until)(void* user_data, const char* name, int64_t* until_out, holdfast_error** err);
  holdfast_status (*renew_lock)(void* user_data, const char* name, holdfast_error** err);
} holdfast_storage_driver;

HOLDFAST_API holdfast_status holdfast_storage_new(holdfast_storage** out, holdfast_storage_driver* driver, holdfast_error** err);

/* Returns 1 if the storage, or a storage it is made of, locks its objects against removal ("object lock"), else 0. */
HOLDFAST_API int32_t holdfast_storage_locks(const holdfast_storage* storage);
#define HOLDFAST_LOCKED_FOR_GOOD INT64_MAX /* until somebody lifts the object lock ("legal hold") */
/* Until when the storage refuses to remove the object, by the storage's clock; 0 = it can be removed now. */
HOLDFAST_API holdfast_status holdfast_storage_locked_until(int64_t* until_out, holdfast_storage* storage, const char* name,
                                                           holdfast_error** err);
/* Extends the object lock to the full period that the storage gives new objects, counted from now. Does nothing if the
 * storage locks nothing. */
HOLDFAST_API holdfast_status holdfast_storage_renew_lock(holdfast_storage* storage, const char* name, holdfast_error** err);

/* --- Sources and targets ------------------------------------------------------------------------------------------ */

/* The operation that calls a driver. Lives during that call. Its functions are safe from many threads and cannot
 * fail. */
typedef struct holdfast_context holdfast_context;
/* Call this regularly during long work. Return HOLDFAST_E_CANCELLED soon after it becomes 1. */
HOLDFAST_API int32_t holdfast_context_is_cancelled(const holdfast_context* context);
HOLDFAST_API int64_t holdfast_context_now(const holdfast_context* context);
HOLDFAST_API void holdfast_context_phase(const holdfast_context* context, const char* message);
HOLDFAST_API void holdfast_context_warn(const holdfast_context* context, const char* message, const char* object); /* object may be NULL */
HOLDFAST_API void holdfast_context_log(const holdfast_context* context, const char* message);
/* For targets: adds to the written plain bytes. The library counts the bytes of backups itself. */
HOLDFAST_API void holdfast_context_progress(const holdfast_context* context, uint64_t plain_bytes);

/* Description of a source. Texts are copied. */
typedef struct holdfast_source_info {
  uint32_t struct_size;    /* set by the library */
  int32_t single_stream;   /* 1: exactly one entry */
  const char* uri;         /* "app:notes", without secrets; the same URIs are one series for retention */
  const char* name;        /* short, for people */
  uint64_t size_estimate;  /* bytes, for progress; 0 = unknown */
  const char* compression; /* used if the caller names none; NULL = the repository's default */
  const char* driver;      /* name of the holdfast_driver that restores and proves this source's data; NULL = "host" */
} holdfast_source_info;

typedef struct holdfast_source_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  /* Inspects the source without reading its data. Fails early for problems that would fail later. */
  holdfast_status (*describe)(void* user_data, holdfast_source_info* out, holdfast_context* context, holdfast_error** err);
  /* Opens, writes and commits all entries under number `source`, consistent as of one snapshot time. `out` lives during
   * this call and cannot be committed here. The source's own threads may use it if they end before this call returns.
   * There is no partial success. */
  holdfast_status (*backup)(void* user_data, holdfast_backup_writer* out, size_t source, holdfast_context* context, holdfast_error** err);
} holdfast_source_driver;

HOLDFAST_API holdfast_status holdfast_source_new(holdfast_source** out, holdfast_source_driver* driver, holdfast_error** err);

typedef struct holdfast_target_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  /* May be NULL. Finds every reason why restore would fail before anything is changed. */
  holdfast_status (*preflight)(void* user_data, const holdfast_manifest* backup, size_t source, holdfast_context* context,
                               holdfast_error** err);
  /* Reads the entries of that source through holdfast_manifest_read() and fills in its counts. `where` is copied. */
  holdfast_status (*restore)(void* user_data, const holdfast_manifest* backup, size_t source, holdfast_restore_report* out,
                             holdfast_context* context, holdfast_error** err);
} holdfast_target_driver;

HOLDFAST_API holdfast_status holdfast_target_new(holdfast_target** out, holdfast_target_driver* driver, holdfast_error** err);

/* --- Drivers ------------------------------------------------------------------------------------------------------ */

/* Request for a proof: verification at level restore. Lives during prove(). */
typedef struct holdfast_proof_request {
  uint32_t struct_size; /* set by the library */
  uint32_t reserved;
  const char* target;         /* restore into this; "" = into a scratch target */
  const char* restored;       /* not "": compare with this earlier restored data, only reading it */
  const char* const* queries; /* statements to run on the restored data */
  size_t query_count;
  const holdfast_notes* options; /* the options set as "driver.NAME"; refuse unknown ones */
} holdfast_proof_request;

/* Receives the result of prove(). Lives during that call; for one thread at a time. */
typedef struct holdfast_proof holdfast_proof;
/* Sets the level, HOLDFAST_LEVEL_RESTORED or HOLDFAST_LEVEL_CONTENT_EQUAL, and its counts. `where` is for people: "a
 * scratch folder". */
HOLDFAST_API holdfast_status holdfast_proof_set(holdfast_proof* proof, int32_t level, uint64_t tables, uint64_t rows, const char* where,
                                                holdfast_error** err);
/* For drivers that count other things than tables and rows (which are then 0): "documents". A plural. Numbers with the
 * same name add up. */
HOLDFAST_API holdfast_status holdfast_proof_add_count(holdfast_proof* proof, const char* name, uint64_t number, holdfast_error** err);
/* Adds a difference between the restored and the original data. The backup is then not proven. */
HOLDFAST_API holdfast_status holdfast_proof_add_fault(holdfast_proof* proof, const char* object, const char* what, holdfast_error** err);
/* Adds one statement and its result or, with `ok` 0, the reason of its failure. */
HOLDFAST_API holdfast_status holdfast_proof_add_query(holdfast_proof* proof, const char* statement, int32_t ok, const char* result,
                                                      holdfast_error** err);

/* Sources, targets and proofs of one kind of data. With it, URIs of the scheme work in every call, and backups can be
 * proven. Its functions may be called on any thread, any number at a time. */
typedef struct holdfast_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  const char* name;                 /* written into its backup records; none of the library's own names; copied */
  const char* scheme;               /* scheme of its URIs: "app" for "app:notes"; NULL = the name; copied */
  /* May be NULL. Both fill in `*out` (its struct_size is set) and don't connect yet. `options` are those set as
   * "driver.NAME"; refuse unknown ones. */
  holdfast_status (*open_source)(void* user_data, const char* uri, const holdfast_notes* options, holdfast_source_driver* out,
                                 holdfast_error** err);
  holdfast_status (*open_target)(void* user_data, const char* uri, const holdfast_notes* options, holdfast_target_driver* out,
                                 holdfast_error** err);
  /* May be NULL: then there is no level restore. Restores the source into a scratch target, compares, and always
   * removes the restored data again. Adds faults to `out`; the returned status tells whether the proof could be
   * attempted. */
  holdfast_status (*prove)(void* user_data, const holdfast_manifest* backup, size_t source, const holdfast_proof_request* request,
                           holdfast_proof* out, holdfast_context* context, holdfast_error** err);
  /* May be NULL: then the functions above check the options that they get. Otherwise the library checks them against
   * these `option_count` declarations, and the functions also get the defaults. Copied. `struct_size` of each is sizeof
   * of the struct; a `maximum` of 0 is no maximum; `choices` and `calls` may be NULL, and "" or NULL as `calls` means
   * all of them. */
  const holdfast_option_info* options;
  size_t option_count;
} holdfast_driver;

/* Adds a driver for repositories that are created or opened, sources and targets that are opened, and diagnoses that
 * are made with these options. */
HOLDFAST_API holdfast_status holdfast_options_add_driver(holdfast_options* options, holdfast_driver* driver, holdfast_error** err);

/* --- Transforms --------------------------------------------------------------------------------------------------- */

#define HOLDFAST_OP_RUN 0
#define HOLDFAST_OP_END 1

/* One reversible step on a byte stream. Any number of streams may be open at once. Decoding returns exactly the bytes
 * that were encoded. */
typedef struct holdfast_transform_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  const char* name;                 /* copied */
  const char* suffix;               /* added to stored names: ".rot13"; NULL = none; copied */
  holdfast_status (*open)(void* user_data, int32_t direction, void** stream_out, holdfast_error** err);
  /* Processes bytes from `in` to `out` and sets how many of each. HOLDFAST_OP_END: `in` is the last input; called until
   * *done_out = 1. HOLDFAST_OP_RUN: called until `in` is consumed. Each call must move a byte or be done.
   * HOLDFAST_E_CORRUPT for damaged input. */
  holdfast_status (*process)(void* stream, int32_t op, const void* in, size_t in_length, size_t* in_used_out, void* out,
                             size_t out_capacity, size_t* out_used_out, int32_t* done_out, holdfast_error** err);
  void (*close)(void* stream); /* called once for each stream */
  /* Since 0.2. Of the encoding, recorded by repositories (holdfast_options_add_transform()): a transform whose encoding
   * changes gets the next number. 0 counts as 1. */
  uint32_t version;
} holdfast_transform_driver;

HOLDFAST_API holdfast_status holdfast_transform_new(holdfast_transform** out, holdfast_transform_driver* driver, holdfast_error** err);

/* --- Keys and time ------------------------------------------------------------------------------------------------ */

typedef struct holdfast_key_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  /* Writes the key for the repository at `uri` into `buffer`, which is wiped afterwards, and sets its length and kind
   * (HOLDFAST_KEY_*). */
  holdfast_status (*get)(void* user_data, const char* uri, void* buffer, size_t capacity, size_t* length_out, int32_t* kind_out,
                         holdfast_error** err);
} holdfast_key_driver;

/* Called when a repository is created or opened with these options, on the calling thread, instead of
 * "repository.password". */
HOLDFAST_API holdfast_status holdfast_options_set_key_provider(holdfast_options* options, holdfast_key_driver* driver,
                                                               holdfast_error** err);

typedef struct holdfast_clock_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  int64_t (*now)(void* user_data);  /* microseconds since 1970-01-01 UTC; any thread, several at once */
} holdfast_clock_driver;

HOLDFAST_API holdfast_status holdfast_options_set_clock(holdfast_options* options, holdfast_clock_driver* driver, holdfast_error** err);

#ifdef __cplusplus
}
#endif

#endif
