/* For those who write a Storage, Source, Target, Driver, Transform, key provider, clock or stream of their own: tables of functions.
 *
 * Each table begins with struct_size (sizeof of the struct as the caller knows it), user_data and release. A call that takes a table copies
 * it and owns it from then on, whether it succeeds or fails: it sets `release` in the caller's struct to NULL, and calls the function it
 * found there exactly once, when nothing will call the table any more. Zero the struct first: functions that may be NULL say so, and
 * those added by later versions are NULL then, and so they are in the shorter table of a program that
 * was built with an earlier header. A table that is too small, or longer than this library knows with more than zeros in the
 * part it does not know, is refused; a struct too small to hold `release` is refused without releasing.
 *
 * A function returns HOLDFAST_OK, one of HOLDFAST_E_* (best through holdfast_error_set(), so that there is a message) or a status of its
 * own from HOLDFAST_STATUS_HOST on, which the host gets back as HOLDFAST_E_CALLBACK with detail "callback_status". Unless a table says
 * otherwise its functions may be called on any thread, one at a time for one stream, and any number at a time for a storage.
 * They may use other handles, but not the one they work for.
 */
#ifndef HOLDFAST_DRIVER_H
#define HOLDFAST_DRIVER_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Streams ------------------------------------------------------------------------------------------------------------------------ */

/* A stream to pull from. Not called again after an error or the end. */
typedef struct holdfast_reader_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  /* Fills up to `capacity` bytes, at least one, and says how many; 0 = the end. */
  holdfast_status (*read)(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err);
} holdfast_reader_driver;

/* A stream to push into. Release without commit = abort: nothing becomes visible. */
typedef struct holdfast_writer_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  /* Takes all of it or fails. */
  holdfast_status (*write)(void* user_data, const void* data, size_t length, holdfast_error** err);
  /* Called once, last: makes what was written durable and visible, or fails. */
  holdfast_status (*commit)(void* user_data, holdfast_error** err);
} holdfast_writer_driver;

HOLDFAST_API holdfast_status holdfast_reader_new(holdfast_reader** out, holdfast_reader_driver* driver, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_writer_new(holdfast_writer** out, holdfast_writer_driver* driver, holdfast_error** err);

/* --- Storage ------------------------------------------------------------------------------------------------------------------------ */

/* A flat set of write-once objects. The library checks names first: 1 to 1024 bytes of printable ASCII in parts split by '/'. An object is
 * visible whole or not at all, durable before the call that makes it returns, and never overwritten. All functions must be safe from many
 * threads at once. */
typedef struct holdfast_storage_driver {
  uint32_t struct_size;
  uint32_t caps; /* HOLDFAST_STORAGE_* */
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  const char* uri;                  /* for people: without credentials; copied */
  /* May be NULL: then objects are put through `write`. HOLDFAST_E_ALREADY_EXISTS when the name is taken, and nothing is changed. */
  holdfast_status (*put_new)(void* user_data, const char* name, const void* data, size_t length, holdfast_error** err);
  /* Fills in `*out` (its struct_size is set): a stream whose commit makes the object, or is HOLDFAST_E_ALREADY_EXISTS. */
  holdfast_status (*write)(void* user_data, const char* name, holdfast_writer_driver* out, holdfast_error** err);
  /* Fills in `*out`: `length` bytes from `offset`, both clipped to the end of the object. HOLDFAST_E_NOT_FOUND when there is none. */
  holdfast_status (*read)(void* user_data, const char* name, uint64_t offset, uint64_t length, holdfast_reader_driver* out,
                          holdfast_error** err);
  /* Sets size and modified (the storage's own time; 0 = unknown), leaves name alone. HOLDFAST_E_NOT_FOUND when there is none. */
  holdfast_status (*stat)(void* user_data, const char* name, holdfast_object_info* out, holdfast_error** err);
  /* Calls `visit` for each object whose name begins with `prefix`, once, in any order. When visit returns anything but HOLDFAST_OK, list
   * returns that at once. An incomplete listing must be an error. */
  holdfast_status (*list)(void* user_data, const char* prefix, holdfast_object_visitor visit, void* visit_data, holdfast_error** err);
  /* Durable. HOLDFAST_E_NOT_FOUND when there is none. */
  holdfast_status (*remove)(void* user_data, const char* name, holdfast_error** err);
  /* All three or none; since HOLDFAST_ABI_VERSION 4. Of a storage that can lock its objects against removal, and of one that passes calls
   * on to such a storage: it calls holdfast_storage_locks() and so on there. Without them nothing is locked; where it is seen that calls
   * are passed on to a storage that does lock, repositories can't be opened (HOLDFAST_E_UNSUPPORTED). */
  int32_t (*locks)(void* user_data); /* 1: it locks objects, but for those that are short-lived by their name (docs/storage.md) */
  holdfast_status (*locked_until)(void* user_data, const char* name, int64_t* until_out, holdfast_error** err);
  holdfast_status (*renew_lock)(void* user_data, const char* name, holdfast_error** err);
} holdfast_storage_driver;

HOLDFAST_API holdfast_status holdfast_storage_new(holdfast_storage** out, holdfast_storage_driver* driver, holdfast_error** err);

/* Of a storage that locks its objects against removal ("object lock"), or is made of such: 1, else 0. */
HOLDFAST_API int32_t holdfast_storage_locks(const holdfast_storage* storage);
#define HOLDFAST_LOCKED_FOR_GOOD INT64_MAX /* until somebody lifts the lock ("legal hold") */
/* Until when the storage refuses to remove the object, by its own time; 0 = it may go now. */
HOLDFAST_API holdfast_status holdfast_storage_locked_until(int64_t* until_out, holdfast_storage* storage, const char* name,
                                                           holdfast_error** err);
/* Sees to it that the object stays locked from now on for as long as the storage promises for new ones; nothing where it locks none. */
HOLDFAST_API holdfast_status holdfast_storage_renew_lock(holdfast_storage* storage, const char* name, holdfast_error** err);

/* --- Sources and targets ------------------------------------------------------------------------------------------------------------ */

/* What an operation lends to a driver. Lives during the call that got it; its functions are safe from many threads and cannot fail. */
typedef struct holdfast_context holdfast_context;
/* Long work asks this now and then and returns HOLDFAST_E_CANCELLED soon after it became 1. */
HOLDFAST_API int32_t holdfast_context_is_cancelled(const holdfast_context* context);
HOLDFAST_API int64_t holdfast_context_now(const holdfast_context* context);
HOLDFAST_API void holdfast_context_phase(const holdfast_context* context, const char* message);
HOLDFAST_API void holdfast_context_warn(const holdfast_context* context, const char* message, const char* object); /* object may be NULL */
HOLDFAST_API void holdfast_context_log(const holdfast_context* context, const char* message);
/* For targets: so many more plain bytes were written. What goes into a backup is counted by itself. */
HOLDFAST_API void holdfast_context_progress(const holdfast_context* context, uint64_t plain_bytes);

/* What a source says of itself. Texts are copied. */
typedef struct holdfast_source_info {
  uint32_t struct_size;    /* set by the library */
  int32_t single_stream;   /* 1: exactly one entry */
  const char* uri;         /* "app:notes", without secrets; backups of the same URIs are one series for retention */
  const char* name;        /* short, for people */
  uint64_t size_estimate;  /* bytes, for progress; 0 = unknown */
  const char* compression; /* preferred when the caller names none; NULL = the repository's default */
  const char* driver;      /* who restores and proves what this source gives: a holdfast_driver's name; NULL = "host" */
} holdfast_source_info;

typedef struct holdfast_source_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  /* Looks at the source without reading its data; fails early on what would fail later. */
  holdfast_status (*describe)(void* user_data, holdfast_source_info* out, holdfast_context* context, holdfast_error** err);
  /* Opens, writes and commits all entries, under number `source`, consistent as of one instant. `out` lives during this call, cannot be
   * committed here, and may be used from threads of the source's own that end before it returns. There is no partial success. */
  holdfast_status (*backup)(void* user_data, holdfast_backup_writer* out, size_t source, holdfast_context* context, holdfast_error** err);
} holdfast_source_driver;

HOLDFAST_API holdfast_status holdfast_source_new(holdfast_source** out, holdfast_source_driver* driver, holdfast_error** err);

typedef struct holdfast_target_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  /* May be NULL. Finds every reason why restore would fail before anything is touched. */
  holdfast_status (*preflight)(void* user_data, const holdfast_manifest* backup, size_t source, holdfast_context* context,
                               holdfast_error** err);
  /* Reads the entries of that source through holdfast_manifest_read() and fills in what it counted; `where` is copied. */
  holdfast_status (*restore)(void* user_data, const holdfast_manifest* backup, size_t source, holdfast_restore_report* out,
                             holdfast_context* context, holdfast_error** err);
} holdfast_target_driver;

HOLDFAST_API holdfast_status holdfast_target_new(holdfast_target** out, holdfast_target_driver* driver, holdfast_error** err);

/* --- Drivers ------------------------------------------------------------------------------------------------------------------------ */

/* What verification at level restore asks for. Lives during prove(). */
typedef struct holdfast_proof_request {
  uint32_t struct_size; /* set by the library */
  uint32_t reserved;
  const char* target;         /* restore into this; "" = into something throw-away */
  const char* restored;       /* not "": compare with this, restored earlier, and only read it */
  const char* const* queries; /* statements to run on what was restored */
  size_t query_count;
  const holdfast_notes* options; /* those set as "driver.NAME", of which unknown ones should be refused */
} holdfast_proof_request;

/* Takes what prove() found out. Lives during that call; for one thread at a time. */
typedef struct holdfast_proof holdfast_proof;
/* What was reached: HOLDFAST_LEVEL_RESTORED or HOLDFAST_LEVEL_CONTENT_EQUAL, and by how much. `where` is for people: "a scratch folder". */
HOLDFAST_API holdfast_status holdfast_proof_set(holdfast_proof* proof, int32_t level, uint64_t tables, uint64_t rows, const char* where,
                                                holdfast_error** err);
/* Of a driver that counts something else than tables and rows, which are 0 then: "documents". A plural; the numbers of one name add up. */
HOLDFAST_API holdfast_status holdfast_proof_add_count(holdfast_proof* proof, const char* name, uint64_t number, holdfast_error** err);
/* Something of what was restored is not as it was. The backup is not proven then. */
HOLDFAST_API holdfast_status holdfast_proof_add_fault(holdfast_proof* proof, const char* object, const char* what, holdfast_error** err);
/* One statement, and its result or, with `ok` 0, why it failed. */
HOLDFAST_API holdfast_status holdfast_proof_add_query(holdfast_proof* proof, const char* statement, int32_t ok, const char* result,
                                                      holdfast_error** err);

/* Sources, targets and proof of one kind of data. With it URIs of the scheme work in every call, and backups are proven. Its functions may
 * be called on any thread, any number at a time. */
typedef struct holdfast_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  const char* name;                 /* stands in the records of its backups; none of the library's own; copied */
  const char* scheme;               /* of its URIs: "app" for "app:notes"; NULL = the name; copied */
  /* May be NULL. Both fill in `*out` (its struct_size is set) and don't connect yet; `options` are those set as "driver.NAME", of which
   * unknown ones should be refused. */
  holdfast_status (*open_source)(void* user_data, const char* uri, const holdfast_notes* options, holdfast_source_driver* out,
                                 holdfast_error** err);
  holdfast_status (*open_target)(void* user_data, const char* uri, const holdfast_notes* options, holdfast_target_driver* out,
                                 holdfast_error** err);
  /* May be NULL: then there is no level restore. Restores that source into something throw-away, compares, and removes it again whatever
   * happens. Faults go into `out`; what is returned says whether it could be tried. */
  holdfast_status (*prove)(void* user_data, const holdfast_manifest* backup, size_t source, const holdfast_proof_request* request,
                           holdfast_proof* out, holdfast_context* context, holdfast_error** err);
} holdfast_driver;

/* For repositories created or opened, sources and targets opened, and diagnoses made with these options. */
HOLDFAST_API holdfast_status holdfast_options_add_driver(holdfast_options* options, holdfast_driver* driver, holdfast_error** err);

/* --- Transforms --------------------------------------------------------------------------------------------------------------------- */

#define HOLDFAST_ENCODE 1
#define HOLDFAST_DECODE 2
#define HOLDFAST_OP_RUN 0
#define HOLDFAST_OP_END 1

/* One reversible step on a byte stream. Any number of streams may be open at once; decoding what encoding made gives the same bytes. */
typedef struct holdfast_transform_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  const char* name;                 /* copied */
  const char* suffix;               /* of stored names: ".rot13"; NULL = none; copied */
  holdfast_status (*open)(void* user_data, int32_t direction, void** stream_out, holdfast_error** err);
  /* Moves bytes from `in` to `out` and says how many of each. HOLDFAST_OP_END: `in` is the last there is; called until *done_out = 1. With
   * HOLDFAST_OP_RUN it is called until `in` is used up. It must move a byte or be done. Damaged input is HOLDFAST_E_CORRUPT. */
  holdfast_status (*process)(void* stream, int32_t op, const void* in, size_t in_length, size_t* in_used_out, void* out,
                             size_t out_capacity, size_t* out_used_out, int32_t* done_out, holdfast_error** err);
  void (*close)(void* stream); /* called once for each stream */
} holdfast_transform_driver;

HOLDFAST_API holdfast_status holdfast_transform_new(holdfast_transform** out, holdfast_transform_driver* driver, holdfast_error** err);

/* --- Keys and time ------------------------------------------------------------------------------------------------------------------ */

typedef struct holdfast_key_driver {
  uint32_t struct_size;
  uint32_t reserved;
  void* user_data;
  void (*release)(void* user_data); /* may be NULL */
  /* Puts the key for the repository at `uri` into `buffer`, which is wiped afterwards, and says its length and kind (HOLDFAST_KEY_*). */
  holdfast_status (*get)(void* user_data, const char* uri, void* buffer, size_t capacity, size_t* length_out, int32_t* kind_out,
                         holdfast_error** err);
} holdfast_key_driver;

/* Asked when a repository is created or opened with these options, on the calling thread, instead of "repository.password". */
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
