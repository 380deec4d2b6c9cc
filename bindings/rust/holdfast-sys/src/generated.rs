// Made by bindings/generate.py from the headers in capi/include: do not edit.

use std::ffi::{c_char, c_void};

pub type holdfast_status = i32;
pub const HOLDFAST_ABI_VERSION: u32 = 6;
pub const HOLDFAST_OK: i32 = 0;
pub const HOLDFAST_E_INVALID_ARGUMENT: i32 = 1;
pub const HOLDFAST_E_INVALID_STATE: i32 = 2;
pub const HOLDFAST_E_NOT_FOUND: i32 = 3;
pub const HOLDFAST_E_ALREADY_EXISTS: i32 = 4;
pub const HOLDFAST_E_PERMISSION_DENIED: i32 = 5;
pub const HOLDFAST_E_UNAUTHENTICATED: i32 = 6;
pub const HOLDFAST_E_WRONG_KEY: i32 = 7;
pub const HOLDFAST_E_UNSUPPORTED: i32 = 8;
pub const HOLDFAST_E_IO: i32 = 9;
pub const HOLDFAST_E_NETWORK: i32 = 10;
pub const HOLDFAST_E_TIMEOUT: i32 = 11;
pub const HOLDFAST_E_CANCELLED: i32 = 12;
pub const HOLDFAST_E_CORRUPT: i32 = 13;
pub const HOLDFAST_E_CONFLICT: i32 = 14;
pub const HOLDFAST_E_NO_SPACE: i32 = 15;
pub const HOLDFAST_E_LIMIT: i32 = 16;
pub const HOLDFAST_E_SOURCE: i32 = 17;
pub const HOLDFAST_E_TARGET: i32 = 18;
pub const HOLDFAST_E_INTERNAL: i32 = 19;
pub const HOLDFAST_E_OUT_OF_MEMORY: i32 = 32;
pub const HOLDFAST_E_CALLBACK: i32 = 33;
pub const HOLDFAST_RUNNING: i32 = 64;
pub const HOLDFAST_STATUS_HOST: i32 = 1000;
pub const HOLDFAST_TYPE_STRING: i32 = 1;
pub const HOLDFAST_TYPE_INTEGER: i32 = 2;
pub const HOLDFAST_TYPE_BOOLEAN: i32 = 3;
pub const HOLDFAST_TYPE_BYTES: i32 = 4;
pub const HOLDFAST_TYPE_LIST: i32 = 5;
pub const HOLDFAST_TYPE_FAMILY: i32 = 6;
pub const HOLDFAST_TYPE_CHOICE: i32 = 9;
pub const HOLDFAST_TYPE_SIZE: i32 = 7;
pub const HOLDFAST_TYPE_DURATION: i32 = 8;
pub const HOLDFAST_EVENT_PHASE: i32 = 1;
pub const HOLDFAST_EVENT_PROGRESS: i32 = 2;
pub const HOLDFAST_EVENT_ENTRY_STARTED: i32 = 3;
pub const HOLDFAST_EVENT_ENTRY_FINISHED: i32 = 4;
pub const HOLDFAST_EVENT_WARNING: i32 = 5;
pub const HOLDFAST_EVENT_LOG: i32 = 6;
pub const HOLDFAST_EVENT_BEGUN: i32 = 7;
pub const HOLDFAST_EVENT_ENDED: i32 = 8;
pub const HOLDFAST_LEVEL_STORED: i32 = 0;
pub const HOLDFAST_LEVEL_CHECKSUMMED: i32 = 1;
pub const HOLDFAST_LEVEL_RESTORED: i32 = 2;
pub const HOLDFAST_LEVEL_CONTENT_EQUAL: i32 = 3;
pub const HOLDFAST_DIFF_ADDED: i32 = 1;
pub const HOLDFAST_DIFF_REMOVED: i32 = 2;
pub const HOLDFAST_DIFF_CHANGED: i32 = 3;
pub const HOLDFAST_KEY_PASSWORD: i32 = 1;
pub const HOLDFAST_KEY_RAW: i32 = 2;
pub const HOLDFAST_KEY_RECOVERY: i32 = 3;
pub const HOLDFAST_STORAGE_ATOMIC_CREATE: u32 = 1;
pub const HOLDFAST_STORAGE_DURABLE: u32 = 2;
pub const HOLDFAST_FINDING_OK: i32 = 0;
pub const HOLDFAST_FINDING_WARNING: i32 = 1;
pub const HOLDFAST_FINDING_MISSING: i32 = 2;
pub const HOLDFAST_LOCKED_FOR_GOOD: i64 = i64::MAX;
pub const HOLDFAST_OP_RUN: i32 = 0;
pub const HOLDFAST_OP_END: i32 = 1;
pub const HOLDFAST_ENCODE: i32 = 1;
pub const HOLDFAST_DECODE: i32 = 2;
pub const HOLDFAST_HASH_SHA256: i32 = 1;
pub const HOLDFAST_HASH_XXH3: i32 = 2;
pub const HOLDFAST_RUN_START: i32 = 1;
pub const HOLDFAST_RUN_QUEUED: i32 = 2;
pub const HOLDFAST_RUN_OVERLAP: i32 = 3;
pub const HOLDFAST_RUN_MISSED: i32 = 4;
pub const HOLDFAST_REPLICA_IN_SYNC: i32 = 0;
pub const HOLDFAST_REPLICA_BEHIND: i32 = 1;
pub const HOLDFAST_REPLICA_UNREACHABLE: i32 = 2;
pub const HOLDFAST_REPLICA_MISSING: i32 = 3;
pub const HOLDFAST_REPLICA_UNKNOWN: i32 = 4;

opaque! {
    holdfast_error
    holdfast_options
    holdfast_cancel_token
    holdfast_repository
    holdfast_backup
    holdfast_backup_list
    holdfast_manifest
    holdfast_entry
    holdfast_source_record
    holdfast_notes
    holdfast_diff
    holdfast_retention_plan
    holdfast_verify_report
    holdfast_verify_list
    holdfast_key_list
    holdfast_finding_list
    holdfast_job
    holdfast_backup_writer
    holdfast_writer
    holdfast_reader
    holdfast_storage
    holdfast_source
    holdfast_target
    holdfast_transform
    holdfast_pipeline
    holdfast_context
    holdfast_proof
    holdfast_envelope
    holdfast_fernet
    holdfast_secret
    holdfast_mask_check
    holdfast_notifier
    holdfast_overview
    holdfast_schedule
    holdfast_schedule_plan
    holdfast_scheduler
    holdfast_run_list
    holdfast_scratch_database
    holdfast_replica_report
}

pub type holdfast_event_callback = Option<unsafe extern "C" fn(user_data: *mut c_void, event: *const holdfast_event) -> holdfast_status>;
pub type holdfast_object_visitor = Option<unsafe extern "C" fn(user_data: *mut c_void, object: *const holdfast_object_info) -> holdfast_status>;
pub type holdfast_hash_callback = Option<unsafe extern "C" fn(user_data: *mut c_void, bytes: u64, hex: *const c_char)>;
pub type holdfast_quota_callback = Option<unsafe extern "C" fn(user_data: *mut c_void, used: u64, limit: u64)>;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_option_info {
    pub struct_size: u32,
    pub r#type: i32,
    pub name: *const c_char,
    pub default_value: *const c_char,
    pub help: *const c_char,
    pub minimum: i64,
    pub maximum: i64,
    pub is_secret: i32,
    pub choices: *const c_char,
    pub calls: *const c_char,
    pub unit: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_event {
    pub struct_size: u32,
    pub kind: i32,
    pub message: *const c_char,
    pub object: *const c_char,
    pub bytes_done: u64,
    pub bytes_total: u64,
    pub bytes_stored: u64,
    pub operation: *const c_char,
    pub record: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_progress {
    pub struct_size: u32,
    pub status: holdfast_status,
    pub bytes_done: u64,
    pub bytes_total: u64,
    pub bytes_stored: u64,
    pub entries_done: u64,
    pub warnings: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_restore_report {
    pub struct_size: u32,
    pub reserved: u32,
    pub entries: u64,
    pub bytes: u64,
    pub tables: u64,
    pub rows: u64,
    pub r#where: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_garbage_report {
    pub struct_size: u32,
    pub reserved: u32,
    pub backups: u64,
    pub marked_packs: u64,
    pub marked_bytes: u64,
    pub removed_packs: u64,
    pub removed_bytes: u64,
    pub leftovers: u64,
    pub waiting: u64,
    pub copied_chunks: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_repair_report {
    pub struct_size: u32,
    pub reserved: u32,
    pub indexed_packs: u64,
    pub removed_segments: u64,
    pub unreadable_packs: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_object_info {
    pub struct_size: u32,
    pub reserved: u32,
    pub name: *const c_char,
    pub size: u64,
    pub modified: i64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_audit_signer {
    pub struct_size: u32,
    pub reserved: u32,
    pub user_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    pub public_key: Option<unsafe extern "C" fn(user_data: *mut c_void, key_out: *mut c_void, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub sign: Option<unsafe extern "C" fn(user_data: *mut c_void, message: *const c_void, length: usize, signature_out: *mut c_void, err: *mut *mut holdfast_error) -> holdfast_status>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_reader_driver {
    pub struct_size: u32,
    pub reserved: u32,
    pub user_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    pub read: Option<unsafe extern "C" fn(user_data: *mut c_void, buffer: *mut c_void, capacity: usize, length_out: *mut usize, err: *mut *mut holdfast_error) -> holdfast_status>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_writer_driver {
    pub struct_size: u32,
    pub reserved: u32,
    pub user_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    pub write: Option<unsafe extern "C" fn(user_data: *mut c_void, data: *const c_void, length: usize, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub commit: Option<unsafe extern "C" fn(user_data: *mut c_void, err: *mut *mut holdfast_error) -> holdfast_status>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_storage_driver {
    pub struct_size: u32,
    pub caps: u32,
    pub user_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    pub uri: *const c_char,
    pub put_new: Option<unsafe extern "C" fn(user_data: *mut c_void, name: *const c_char, data: *const c_void, length: usize, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub write: Option<unsafe extern "C" fn(user_data: *mut c_void, name: *const c_char, out: *mut holdfast_writer_driver, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub read: Option<unsafe extern "C" fn(user_data: *mut c_void, name: *const c_char, offset: u64, length: u64, out: *mut holdfast_reader_driver, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub stat: Option<unsafe extern "C" fn(user_data: *mut c_void, name: *const c_char, out: *mut holdfast_object_info, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub list: Option<unsafe extern "C" fn(user_data: *mut c_void, prefix: *const c_char, visit: holdfast_object_visitor, visit_data: *mut c_void, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub remove: Option<unsafe extern "C" fn(user_data: *mut c_void, name: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub locks: Option<unsafe extern "C" fn(user_data: *mut c_void) -> i32>,
    pub locked_until: Option<unsafe extern "C" fn(user_data: *mut c_void, name: *const c_char, until_out: *mut i64, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub renew_lock: Option<unsafe extern "C" fn(user_data: *mut c_void, name: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_source_info {
    pub struct_size: u32,
    pub single_stream: i32,
    pub uri: *const c_char,
    pub name: *const c_char,
    pub size_estimate: u64,
    pub compression: *const c_char,
    pub driver: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_source_driver {
    pub struct_size: u32,
    pub reserved: u32,
    pub user_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    pub describe: Option<unsafe extern "C" fn(user_data: *mut c_void, out: *mut holdfast_source_info, context: *mut holdfast_context, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub backup: Option<unsafe extern "C" fn(user_data: *mut c_void, out: *mut holdfast_backup_writer, source: usize, context: *mut holdfast_context, err: *mut *mut holdfast_error) -> holdfast_status>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_target_driver {
    pub struct_size: u32,
    pub reserved: u32,
    pub user_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    pub preflight: Option<unsafe extern "C" fn(user_data: *mut c_void, backup: *const holdfast_manifest, source: usize, context: *mut holdfast_context, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub restore: Option<unsafe extern "C" fn(user_data: *mut c_void, backup: *const holdfast_manifest, source: usize, out: *mut holdfast_restore_report, context: *mut holdfast_context, err: *mut *mut holdfast_error) -> holdfast_status>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_proof_request {
    pub struct_size: u32,
    pub reserved: u32,
    pub target: *const c_char,
    pub restored: *const c_char,
    pub queries: *const *const c_char,
    pub query_count: usize,
    pub options: *const holdfast_notes,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_driver {
    pub struct_size: u32,
    pub reserved: u32,
    pub user_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    pub name: *const c_char,
    pub scheme: *const c_char,
    pub open_source: Option<unsafe extern "C" fn(user_data: *mut c_void, uri: *const c_char, options: *const holdfast_notes, out: *mut holdfast_source_driver, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub open_target: Option<unsafe extern "C" fn(user_data: *mut c_void, uri: *const c_char, options: *const holdfast_notes, out: *mut holdfast_target_driver, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub prove: Option<unsafe extern "C" fn(user_data: *mut c_void, backup: *const holdfast_manifest, source: usize, request: *const holdfast_proof_request, out: *mut holdfast_proof, context: *mut holdfast_context, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub options: *const holdfast_option_info,
    pub option_count: usize,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_transform_driver {
    pub struct_size: u32,
    pub reserved: u32,
    pub user_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    pub name: *const c_char,
    pub suffix: *const c_char,
    pub open: Option<unsafe extern "C" fn(user_data: *mut c_void, direction: i32, stream_out: *mut *mut c_void, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub process: Option<unsafe extern "C" fn(stream: *mut c_void, op: i32, r#in: *const c_void, in_length: usize, in_used_out: *mut usize, out: *mut c_void, out_capacity: usize, out_used_out: *mut usize, done_out: *mut i32, err: *mut *mut holdfast_error) -> holdfast_status>,
    pub close: Option<unsafe extern "C" fn(stream: *mut c_void)>,
    pub version: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_key_driver {
    pub struct_size: u32,
    pub reserved: u32,
    pub user_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    pub get: Option<unsafe extern "C" fn(user_data: *mut c_void, uri: *const c_char, buffer: *mut c_void, capacity: usize, length_out: *mut usize, kind_out: *mut i32, err: *mut *mut holdfast_error) -> holdfast_status>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_clock_driver {
    pub struct_size: u32,
    pub reserved: u32,
    pub user_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    pub now: Option<unsafe extern "C" fn(user_data: *mut c_void) -> i64>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_notice {
    pub struct_size: u32,
    pub reserved: u32,
    pub event: *const c_char,
    pub severity: *const c_char,
    pub series: *const c_char,
    pub title: *const c_char,
    pub message: *const c_char,
    pub time: i64,
    pub facts: *const *const c_char,
    pub fact_count: usize,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_pipeline_report {
    pub struct_size: u32,
    pub reserved: u32,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_left_out {
    pub struct_size: u32,
    pub reserved: u32,
    pub object: *const c_char,
    pub statement: *const c_char,
    pub reason: *const c_char,
    pub instead: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_scheduled_run {
    pub struct_size: u32,
    pub decision: i32,
    pub name: *const c_char,
    pub due: i64,
    pub merged: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct holdfast_tier_report {
    pub struct_size: u32,
    pub reserved: u32,
    pub moved_objects: u64,
    pub moved_bytes: u64,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<holdfast_option_info>() == 80);
    assert!(size_of::<holdfast_event>() == 64);
    assert!(size_of::<holdfast_progress>() == 48);
    assert!(size_of::<holdfast_restore_report>() == 48);
    assert!(size_of::<holdfast_garbage_report>() == 72);
    assert!(size_of::<holdfast_repair_report>() == 32);
    assert!(size_of::<holdfast_object_info>() == 32);
    assert!(size_of::<holdfast_audit_signer>() == 40);
    assert!(size_of::<holdfast_reader_driver>() == 32);
    assert!(size_of::<holdfast_writer_driver>() == 40);
    assert!(size_of::<holdfast_storage_driver>() == 104);
    assert!(size_of::<holdfast_source_info>() == 48);
    assert!(size_of::<holdfast_source_driver>() == 40);
    assert!(size_of::<holdfast_target_driver>() == 40);
    assert!(size_of::<holdfast_proof_request>() == 48);
    assert!(size_of::<holdfast_driver>() == 80);
    assert!(size_of::<holdfast_transform_driver>() == 72);
    assert!(size_of::<holdfast_key_driver>() == 32);
    assert!(size_of::<holdfast_clock_driver>() == 32);
    assert!(size_of::<holdfast_notice>() == 72);
    assert!(size_of::<holdfast_pipeline_report>() == 24);
    assert!(size_of::<holdfast_left_out>() == 40);
    assert!(size_of::<holdfast_scheduled_run>() == 32);
    assert!(size_of::<holdfast_tier_report>() == 24);
};

unsafe extern "C" {
    pub fn holdfast_version() -> *const c_char;
    pub fn holdfast_abi_version() -> u32;
    pub fn holdfast_build_info() -> *const c_char;
    pub fn holdfast_status_name(status: holdfast_status) -> *const c_char;
    pub fn holdfast_error_code(error: *const holdfast_error) -> holdfast_status;
    pub fn holdfast_error_message(error: *const holdfast_error) -> *const c_char;
    pub fn holdfast_error_domain(error: *const holdfast_error) -> *const c_char;
    pub fn holdfast_error_is_retryable(error: *const holdfast_error) -> i32;
    pub fn holdfast_error_detail_count(error: *const holdfast_error) -> usize;
    pub fn holdfast_error_detail_key(error: *const holdfast_error, index: usize) -> *const c_char;
    pub fn holdfast_error_detail_value(error: *const holdfast_error, index: usize) -> *const c_char;
    pub fn holdfast_error_free(error: *mut holdfast_error);
    pub fn holdfast_error_set(err: *mut *mut holdfast_error, status: holdfast_status, message: *const c_char) -> holdfast_status;
    pub fn holdfast_string_free(text: *mut c_char);
    pub fn holdfast_option_count() -> usize;
    pub fn holdfast_option_at(index: usize) -> *const holdfast_option_info;
    pub fn holdfast_option_find(key: *const c_char) -> *const holdfast_option_info;
    pub fn holdfast_driver_count() -> usize;
    pub fn holdfast_driver_name(driver: usize) -> *const c_char;
    pub fn holdfast_driver_option_count(driver: usize) -> usize;
    pub fn holdfast_driver_option_at(driver: usize, index: usize) -> *const holdfast_option_info;
    pub fn holdfast_options_new(out: *mut *mut holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_options_from_json(out: *mut *mut holdfast_options, text: *const c_char, length: usize, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_options_free(options: *mut holdfast_options);
    pub fn holdfast_options_set_string(options: *mut holdfast_options, key: *const c_char, value: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_options_set_int64(options: *mut holdfast_options, key: *const c_char, value: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_options_set_bool(options: *mut holdfast_options, key: *const c_char, value: i32, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_options_set_bytes(options: *mut holdfast_options, key: *const c_char, data: *const c_void, length: usize, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_options_add_string(options: *mut holdfast_options, key: *const c_char, value: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_options_unset(options: *mut holdfast_options, key: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_options_set_cancel(options: *mut holdfast_options, token: *mut holdfast_cancel_token, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_cancel_token_new(out: *mut *mut holdfast_cancel_token, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_cancel_token_request(token: *mut holdfast_cancel_token);
    pub fn holdfast_cancel_token_is_requested(token: *const holdfast_cancel_token) -> i32;
    pub fn holdfast_cancel_token_free(token: *mut holdfast_cancel_token);
    pub fn holdfast_options_set_events(options: *mut holdfast_options, callback: holdfast_event_callback, user_data: *mut c_void, release: Option<unsafe extern "C" fn(user_data: *mut c_void)>, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_create(out: *mut *mut holdfast_repository, uri: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_open(out: *mut *mut holdfast_repository, uri: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_create_on(out: *mut *mut holdfast_repository, storage: *mut holdfast_storage, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_open_on(out: *mut *mut holdfast_repository, storage: *mut holdfast_storage, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_free(repository: *mut holdfast_repository);
    pub fn holdfast_repository_uri(repository: *const holdfast_repository) -> *const c_char;
    pub fn holdfast_repository_id(repository: *const holdfast_repository) -> *const c_char;
    pub fn holdfast_repository_layout(repository: *const holdfast_repository) -> *const c_char;
    pub fn holdfast_repository_is_encrypted(repository: *const holdfast_repository) -> i32;
    pub fn holdfast_repository_created(repository: *const holdfast_repository) -> i64;
    pub fn holdfast_repository_list(out: *mut *mut holdfast_backup_list, repository: *mut holdfast_repository, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_find(out: *mut *mut holdfast_backup, repository: *mut holdfast_repository, backup: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_remove(repository: *mut holdfast_repository, backup: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_undo_remove(repository: *mut holdfast_repository, id: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_diff(out: *mut *mut holdfast_diff, repository: *mut holdfast_repository, first: *const c_char, second: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_anchor(out: *mut *mut c_char, repository: *mut holdfast_repository, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_check_anchor(out: *mut *mut holdfast_verify_report, repository: *mut holdfast_repository, anchor: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_backup_list_count(list: *const holdfast_backup_list) -> usize;
    pub fn holdfast_backup_list_at(list: *const holdfast_backup_list, index: usize) -> *const holdfast_backup;
    pub fn holdfast_backup_list_free(list: *mut holdfast_backup_list);
    pub fn holdfast_backup_id(backup: *const holdfast_backup) -> *const c_char;
    pub fn holdfast_backup_time(backup: *const holdfast_backup) -> i64;
    pub fn holdfast_backup_finished(backup: *const holdfast_backup) -> i64;
    pub fn holdfast_backup_entries(backup: *const holdfast_backup) -> u64;
    pub fn holdfast_backup_plain_bytes(backup: *const holdfast_backup) -> u64;
    pub fn holdfast_backup_stored_bytes(backup: *const holdfast_backup) -> u64;
    pub fn holdfast_backup_level(backup: *const holdfast_backup) -> i32;
    pub fn holdfast_backup_proven(backup: *const holdfast_backup) -> i64;
    pub fn holdfast_backup_damage(backup: *const holdfast_backup) -> *const c_char;
    pub fn holdfast_backup_tags(backup: *const holdfast_backup) -> *const holdfast_notes;
    pub fn holdfast_backup_source_count(backup: *const holdfast_backup) -> usize;
    pub fn holdfast_backup_source(backup: *const holdfast_backup, index: usize) -> *const holdfast_source_record;
    pub fn holdfast_backup_free(backup: *mut holdfast_backup);
    pub fn holdfast_source_record_uri(source: *const holdfast_source_record) -> *const c_char;
    pub fn holdfast_source_record_driver(source: *const holdfast_source_record) -> *const c_char;
    pub fn holdfast_source_record_name(source: *const holdfast_source_record) -> *const c_char;
    pub fn holdfast_source_record_instant(source: *const holdfast_source_record) -> i64;
    pub fn holdfast_source_record_notes(source: *const holdfast_source_record) -> *const holdfast_notes;
    pub fn holdfast_notes_count(notes: *const holdfast_notes) -> usize;
    pub fn holdfast_notes_key(notes: *const holdfast_notes, index: usize) -> *const c_char;
    pub fn holdfast_notes_value(notes: *const holdfast_notes, index: usize) -> *const c_char;
    pub fn holdfast_notes_get(notes: *const holdfast_notes, key: *const c_char) -> *const c_char;
    pub fn holdfast_manifest_open(out: *mut *mut holdfast_manifest, repository: *mut holdfast_repository, backup: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_manifest_id(manifest: *const holdfast_manifest) -> *const c_char;
    pub fn holdfast_manifest_written_by(manifest: *const holdfast_manifest) -> *const c_char;
    pub fn holdfast_manifest_source_count(manifest: *const holdfast_manifest) -> usize;
    pub fn holdfast_manifest_source(manifest: *const holdfast_manifest, index: usize) -> *const holdfast_source_record;
    pub fn holdfast_manifest_entry_count(manifest: *const holdfast_manifest) -> usize;
    pub fn holdfast_manifest_entry(manifest: *const holdfast_manifest, index: usize) -> *const holdfast_entry;
    pub fn holdfast_manifest_find(manifest: *const holdfast_manifest, source: usize, name: *const c_char) -> *const holdfast_entry;
    pub fn holdfast_manifest_free(manifest: *mut holdfast_manifest);
    pub fn holdfast_manifest_read(out: *mut *mut holdfast_reader, manifest: *const holdfast_manifest, entry: *const holdfast_entry, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_entry_name(entry: *const holdfast_entry) -> *const c_char;
    pub fn holdfast_entry_kind(entry: *const holdfast_entry) -> *const c_char;
    pub fn holdfast_entry_source(entry: *const holdfast_entry) -> usize;
    pub fn holdfast_entry_plain_bytes(entry: *const holdfast_entry) -> u64;
    pub fn holdfast_entry_stored_bytes(entry: *const holdfast_entry) -> u64;
    pub fn holdfast_entry_content_hash(entry: *const holdfast_entry) -> *const c_char;
    pub fn holdfast_entry_transform(entry: *const holdfast_entry, index: usize) -> *const c_char;
    pub fn holdfast_entry_restore_with(entry: *const holdfast_entry) -> *const c_char;
    pub fn holdfast_entry_attributes(entry: *const holdfast_entry) -> *const holdfast_notes;
    pub fn holdfast_diff_count(diff: *const holdfast_diff, kind: i32) -> usize;
    pub fn holdfast_diff_entry(diff: *const holdfast_diff, kind: i32, index: usize) -> *const holdfast_entry;
    pub fn holdfast_diff_unchanged(diff: *const holdfast_diff) -> u64;
    pub fn holdfast_diff_free(diff: *mut holdfast_diff);
    pub fn holdfast_backup_start(out: *mut *mut holdfast_job, repository: *mut holdfast_repository, source_uri: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_backup_start_sources(out: *mut *mut holdfast_job, repository: *mut holdfast_repository, sources: *const *mut holdfast_source, count: usize, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_restore_start(out: *mut *mut holdfast_job, repository: *mut holdfast_repository, backup: *const c_char, target_uri: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_restore_start_target(out: *mut *mut holdfast_job, repository: *mut holdfast_repository, backup: *const c_char, source: usize, target: *mut holdfast_target, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_verify_start(out: *mut *mut holdfast_job, repository: *mut holdfast_repository, backup: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_verify_all_start(out: *mut *mut holdfast_job, repository: *mut holdfast_repository, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_expire_start(out: *mut *mut holdfast_job, repository: *mut holdfast_repository, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_gc_start(out: *mut *mut holdfast_job, repository: *mut holdfast_repository, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repair_start(out: *mut *mut holdfast_job, repository: *mut holdfast_repository, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_copy_start(out: *mut *mut holdfast_job, repository: *mut holdfast_repository, backup: *const c_char, destination: *mut holdfast_repository, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_replicate_start(out: *mut *mut holdfast_job, repository: *mut holdfast_repository, destination: *mut holdfast_repository, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_export_start(out: *mut *mut holdfast_job, repository: *mut holdfast_repository, backup: *const c_char, source: usize, writer: *mut holdfast_writer, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_pipeline_start(out: *mut *mut holdfast_job, pipeline: *const holdfast_pipeline, reader: *mut holdfast_reader, storage: *mut holdfast_storage, object: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_step(job: *mut holdfast_job, budget_ms: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_run(job: *mut holdfast_job, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_wait(job: *mut holdfast_job, timeout_ms: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_cancel(job: *mut holdfast_job, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_progress(job: *const holdfast_job, out: *mut holdfast_progress, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_free(job: *mut holdfast_job);
    pub fn holdfast_job_backup(out: *mut *mut holdfast_backup, job: *const holdfast_job, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_verify_report(out: *mut *mut holdfast_verify_report, job: *const holdfast_job, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_verify_list(out: *mut *mut holdfast_verify_list, job: *const holdfast_job, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_retention_plan(out: *mut *mut holdfast_retention_plan, job: *const holdfast_job, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_restore_report(job: *const holdfast_job, out: *mut holdfast_restore_report, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_garbage_report(job: *const holdfast_job, out: *mut holdfast_garbage_report, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_repair_report(job: *const holdfast_job, out: *mut holdfast_repair_report, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_verify_report_backup(report: *const holdfast_verify_report) -> *const c_char;
    pub fn holdfast_verify_report_ok(report: *const holdfast_verify_report) -> i32;
    pub fn holdfast_verify_report_objects(report: *const holdfast_verify_report) -> u64;
    pub fn holdfast_verify_report_bytes(report: *const holdfast_verify_report) -> u64;
    pub fn holdfast_verify_report_level(report: *const holdfast_verify_report) -> i32;
    pub fn holdfast_verify_report_tables(report: *const holdfast_verify_report) -> u64;
    pub fn holdfast_verify_report_rows(report: *const holdfast_verify_report) -> u64;
    pub fn holdfast_verify_report_where(report: *const holdfast_verify_report) -> *const c_char;
    pub fn holdfast_verify_report_fault_count(report: *const holdfast_verify_report) -> usize;
    pub fn holdfast_verify_report_fault_object(report: *const holdfast_verify_report, index: usize) -> *const c_char;
    pub fn holdfast_verify_report_fault_text(report: *const holdfast_verify_report, index: usize) -> *const c_char;
    pub fn holdfast_verify_report_query_count(report: *const holdfast_verify_report) -> usize;
    pub fn holdfast_verify_report_query_ok(report: *const holdfast_verify_report, index: usize) -> i32;
    pub fn holdfast_verify_report_query_result(report: *const holdfast_verify_report, index: usize) -> *const c_char;
    pub fn holdfast_verify_report_free(report: *mut holdfast_verify_report);
    pub fn holdfast_verify_list_count(list: *const holdfast_verify_list) -> usize;
    pub fn holdfast_verify_list_at(list: *const holdfast_verify_list, index: usize) -> *const holdfast_verify_report;
    pub fn holdfast_verify_list_free(list: *mut holdfast_verify_list);
    pub fn holdfast_retention_plan_new(out: *mut *mut holdfast_retention_plan, repository: *mut holdfast_repository, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_retention_plan_times(out: *mut *mut holdfast_retention_plan, times: *const i64, count: usize, now: i64, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_retention_plan_count(plan: *const holdfast_retention_plan) -> usize;
    pub fn holdfast_retention_plan_backup(plan: *const holdfast_retention_plan, index: usize) -> *const holdfast_backup;
    pub fn holdfast_retention_plan_keeps(plan: *const holdfast_retention_plan, index: usize) -> i32;
    pub fn holdfast_retention_plan_reason_count(plan: *const holdfast_retention_plan, index: usize) -> usize;
    pub fn holdfast_retention_plan_reason(plan: *const holdfast_retention_plan, index: usize, reason: usize) -> *const c_char;
    pub fn holdfast_retention_plan_removed(plan: *const holdfast_retention_plan) -> u64;
    pub fn holdfast_retention_plan_freed_bytes(plan: *const holdfast_retention_plan) -> u64;
    pub fn holdfast_retention_plan_free(plan: *mut holdfast_retention_plan);
    pub fn holdfast_key_list_new(out: *mut *mut holdfast_key_list, repository: *mut holdfast_repository, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_key_list_count(list: *const holdfast_key_list) -> usize;
    pub fn holdfast_key_list_id(list: *const holdfast_key_list, index: usize) -> *const c_char;
    pub fn holdfast_key_list_kind(list: *const holdfast_key_list, index: usize) -> *const c_char;
    pub fn holdfast_key_list_damage(list: *const holdfast_key_list, index: usize) -> *const c_char;
    pub fn holdfast_key_list_free(list: *mut holdfast_key_list);
    pub fn holdfast_key_add(id: *mut *mut c_char, repository: *mut holdfast_repository, kind: i32, key: *const c_void, length: usize, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_recovery_key_new(out: *mut *mut c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_key_remove(repository: *mut holdfast_repository, id: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_key_rotate(repository: *mut holdfast_repository, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_backup_writer_begin(out: *mut *mut holdfast_backup_writer, repository: *mut holdfast_repository, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_backup_writer_add_source(source_out: *mut usize, writer: *mut holdfast_backup_writer, uri: *const c_char, name: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_backup_writer_note(writer: *mut holdfast_backup_writer, source: usize, key: *const c_char, value: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_backup_writer_set_instant(writer: *mut holdfast_backup_writer, source: usize, instant: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_backup_writer_open(out: *mut *mut holdfast_writer, writer: *mut holdfast_backup_writer, source: usize, name: *const c_char, kind: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_backup_writer_commit(out: *mut *mut holdfast_backup, writer: *mut holdfast_backup_writer, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_backup_writer_free(writer: *mut holdfast_backup_writer);
    pub fn holdfast_writer_write(writer: *mut holdfast_writer, data: *const c_void, length: usize, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_writer_note(writer: *mut holdfast_writer, key: *const c_char, value: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_writer_commit(writer: *mut holdfast_writer, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_writer_abort(writer: *mut holdfast_writer, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_writer_free(writer: *mut holdfast_writer);
    pub fn holdfast_reader_read(length_out: *mut usize, reader: *mut holdfast_reader, buffer: *mut c_void, capacity: usize, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_reader_free(reader: *mut holdfast_reader);
    pub fn holdfast_source_open(out: *mut *mut holdfast_source, uri: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_source_free(source: *mut holdfast_source);
    pub fn holdfast_target_open(out: *mut *mut holdfast_target, uri: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_target_free(target: *mut holdfast_target);
    pub fn holdfast_storage_open(out: *mut *mut holdfast_storage, uri: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_free(storage: *mut holdfast_storage);
    pub fn holdfast_storage_uri(storage: *const holdfast_storage) -> *const c_char;
    pub fn holdfast_storage_caps(storage: *const holdfast_storage) -> u32;
    pub fn holdfast_storage_put_new(storage: *mut holdfast_storage, name: *const c_char, data: *const c_void, length: usize, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_write(out: *mut *mut holdfast_writer, storage: *mut holdfast_storage, name: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_read(out: *mut *mut holdfast_reader, storage: *mut holdfast_storage, name: *const c_char, offset: u64, length: u64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_stat(storage: *mut holdfast_storage, name: *const c_char, out: *mut holdfast_object_info, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_list(storage: *mut holdfast_storage, prefix: *const c_char, visit: holdfast_object_visitor, user_data: *mut c_void, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_remove(storage: *mut holdfast_storage, name: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_options_set_audit_signer(options: *mut holdfast_options, signer: *mut holdfast_audit_signer, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_audit_policy(out: *mut *mut c_char, repository: *mut holdfast_repository, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_audit_set_policy(repository: *mut holdfast_repository, policy: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_audit_export(out: *mut *mut c_char, repository: *mut holdfast_repository, format: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_audit_verify(ok: *mut i32, report: *mut *mut c_char, repository: *mut holdfast_repository, anchor: *const c_char, public_key: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_audit_anchor(out: *mut *mut c_char, repository: *mut holdfast_repository, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_audit_send_anchor(out: *mut *mut c_char, repository: *mut holdfast_repository, kind: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_audit_put_anchor(out: *mut *mut c_char, repository: *mut holdfast_repository, storage: *mut holdfast_storage, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_audit_read_anchors(out: *mut *mut c_char, repository: *mut holdfast_repository, storage: *mut holdfast_storage, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_audit_expire(removed: *mut u64, repository: *mut holdfast_repository, before: i64, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_diagnose(out: *mut *mut holdfast_finding_list, storage: *mut holdfast_storage, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_driver_diagnose(out: *mut *mut holdfast_finding_list, driver: *const c_char, uri: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_finding_list_count(list: *const holdfast_finding_list) -> usize;
    pub fn holdfast_finding_list_state(list: *const holdfast_finding_list, index: usize) -> i32;
    pub fn holdfast_finding_list_what(list: *const holdfast_finding_list, index: usize) -> *const c_char;
    pub fn holdfast_finding_list_detail(list: *const holdfast_finding_list, index: usize) -> *const c_char;
    pub fn holdfast_finding_list_free(list: *mut holdfast_finding_list);
    pub fn holdfast_reader_new(out: *mut *mut holdfast_reader, driver: *mut holdfast_reader_driver, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_writer_new(out: *mut *mut holdfast_writer, driver: *mut holdfast_writer_driver, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_new(out: *mut *mut holdfast_storage, driver: *mut holdfast_storage_driver, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_locks(storage: *const holdfast_storage) -> i32;
    pub fn holdfast_storage_locked_until(until_out: *mut i64, storage: *mut holdfast_storage, name: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_renew_lock(storage: *mut holdfast_storage, name: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_context_is_cancelled(context: *const holdfast_context) -> i32;
    pub fn holdfast_context_now(context: *const holdfast_context) -> i64;
    pub fn holdfast_context_phase(context: *const holdfast_context, message: *const c_char);
    pub fn holdfast_context_warn(context: *const holdfast_context, message: *const c_char, object: *const c_char);
    pub fn holdfast_context_log(context: *const holdfast_context, message: *const c_char);
    pub fn holdfast_context_progress(context: *const holdfast_context, plain_bytes: u64);
    pub fn holdfast_source_new(out: *mut *mut holdfast_source, driver: *mut holdfast_source_driver, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_target_new(out: *mut *mut holdfast_target, driver: *mut holdfast_target_driver, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_proof_set(proof: *mut holdfast_proof, level: i32, tables: u64, rows: u64, r#where: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_proof_add_count(proof: *mut holdfast_proof, name: *const c_char, number: u64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_proof_add_fault(proof: *mut holdfast_proof, object: *const c_char, what: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_proof_add_query(proof: *mut holdfast_proof, statement: *const c_char, ok: i32, result: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_options_add_driver(options: *mut holdfast_options, driver: *mut holdfast_driver, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_transform_new(out: *mut *mut holdfast_transform, driver: *mut holdfast_transform_driver, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_options_set_key_provider(options: *mut holdfast_options, driver: *mut holdfast_key_driver, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_options_set_clock(options: *mut holdfast_options, driver: *mut holdfast_clock_driver, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_secret_data(secret: *const holdfast_secret) -> *const c_void;
    pub fn holdfast_secret_length(secret: *const holdfast_secret) -> usize;
    pub fn holdfast_secret_free(secret: *mut holdfast_secret);
    pub fn holdfast_envelope_new(out: *mut *mut holdfast_envelope, id: *const c_char, key: *const c_void, length: usize, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_envelope_add_key(envelope: *mut holdfast_envelope, id: *const c_char, key: *const c_void, length: usize, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_envelope_seal(out: *mut *mut c_char, envelope: *const holdfast_envelope, secret: *const c_void, length: usize, purpose: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_envelope_open(out: *mut *mut holdfast_secret, envelope: *const holdfast_envelope, sealed: *const c_char, purpose: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_envelope_is_current(out: *mut i32, envelope: *const holdfast_envelope, sealed: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_envelope_rotate(out: *mut *mut c_char, envelope: *const holdfast_envelope, sealed: *const c_char, purpose: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_envelope_free(envelope: *mut holdfast_envelope);
    pub fn holdfast_fernet_new(out: *mut *mut holdfast_fernet, key: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_fernet_add_key(fernet: *mut holdfast_fernet, key: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_fernet_seal(out: *mut *mut c_char, fernet: *const holdfast_fernet, secret: *const c_void, length: usize, now: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_fernet_open(out: *mut *mut holdfast_secret, fernet: *const holdfast_fernet, token: *const c_char, ttl: i64, now: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_fernet_free(fernet: *mut holdfast_fernet);
    pub fn holdfast_jobs_check(out: *mut *mut c_char, file: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_jobs_run(out: *mut *mut c_char, file: *const c_char, job: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_jobs_preflight(out: *mut *mut c_char, file: *const c_char, job: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_jobs_tell_alerts(out: *mut *mut c_char, file: *const c_char, job: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_jobs_last_start(out: *mut i64, file: *const c_char, job: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_jobs_schedule(out: *mut *mut holdfast_schedule, file: *const c_char, job: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_jobs_plan(out: *mut *mut holdfast_schedule_plan, file: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_jobs_notifier(out: *mut *mut holdfast_notifier, file: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_hooks_run(out: *mut *mut c_char, hooks: *const c_char, moment: *const c_char, operation: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_check_mask(out: *mut *mut holdfast_mask_check, repository: *mut holdfast_repository, backup: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_suggest_mask(out: *mut *mut c_char, repository: *mut holdfast_repository, backup: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_mask_check_ok(check: *const holdfast_mask_check) -> i32;
    pub fn holdfast_mask_check_tables(check: *const holdfast_mask_check) -> u64;
    pub fn holdfast_mask_check_fault_count(check: *const holdfast_mask_check) -> usize;
    pub fn holdfast_mask_check_fault_object(check: *const holdfast_mask_check, index: usize) -> *const c_char;
    pub fn holdfast_mask_check_fault_text(check: *const holdfast_mask_check, index: usize) -> *const c_char;
    pub fn holdfast_mask_check_column_count(check: *const holdfast_mask_check) -> usize;
    pub fn holdfast_mask_check_column_table(check: *const holdfast_mask_check, index: usize) -> *const c_char;
    pub fn holdfast_mask_check_column_name(check: *const holdfast_mask_check, index: usize) -> *const c_char;
    pub fn holdfast_mask_check_column_rule(check: *const holdfast_mask_check, index: usize) -> *const c_char;
    pub fn holdfast_mask_check_free(check: *mut holdfast_mask_check);
    pub fn holdfast_mask_check_to_json(out: *mut *mut c_char, check: *const holdfast_mask_check, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_notifier_new(out: *mut *mut holdfast_notifier, outbox: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_notifier_add_channel(notifier: *mut holdfast_notifier, name: *const c_char, kind: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_notifier_put(takers_out: *mut usize, notifier: *mut holdfast_notifier, notice: *const holdfast_notice, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_notifier_deliver(report_out: *mut *mut c_char, notifier: *mut holdfast_notifier, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_notifier_status(report_out: *mut *mut c_char, notifier: *mut holdfast_notifier, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_notifier_send(notifier: *mut holdfast_notifier, channel: *const c_char, notice: *const holdfast_notice, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_notifier_free(notifier: *mut holdfast_notifier);
    pub fn holdfast_overview_open(out: *mut *mut holdfast_overview, repository: *mut holdfast_repository, measure: i32, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_overview_free(overview: *mut holdfast_overview);
    pub fn holdfast_overview_set_schedule(overview: *mut holdfast_overview, series: *const c_char, due: i64, next_run: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_overview_to_json(out: *mut *mut c_char, overview: *mut holdfast_overview, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_overview_to_page(out: *mut *mut c_char, overview: *mut holdfast_overview, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_overview_to_metrics(out: *mut *mut c_char, overview: *mut holdfast_overview, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_overview_to_notices(out: *mut *mut c_char, overview: *mut holdfast_overview, told: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_overview_history_to_json(out: *mut *mut c_char, overview: *mut holdfast_overview, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_driver_scheme(driver: usize, index: usize) -> *const c_char;
    pub fn holdfast_catalog_to_json(out: *mut *mut c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_kind_count() -> usize;
    pub fn holdfast_storage_kind_scheme(kind: usize) -> *const c_char;
    pub fn holdfast_storage_kind_form(kind: usize) -> *const c_char;
    pub fn holdfast_storage_kind_option_count(kind: usize) -> usize;
    pub fn holdfast_storage_kind_option_at(kind: usize, index: usize) -> *const holdfast_option_info;
    pub fn holdfast_transform_compression(out: *mut *mut holdfast_transform, text: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_transform_aes256gcm(out: *mut *mut holdfast_transform, key: *const c_void, key_length: usize, associated: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_transform_throttle(out: *mut *mut holdfast_transform, bytes_per_second: u64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_transform_hash(out: *mut *mut holdfast_transform, kind: i32, done: holdfast_hash_callback, user_data: *mut c_void, release: Option<unsafe extern "C" fn(user_data: *mut c_void)>, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_transform_free(transform: *mut holdfast_transform);
    pub fn holdfast_options_add_transform(options: *mut holdfast_options, transform: *const holdfast_transform, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_pipeline_new(out: *mut *mut holdfast_pipeline, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_pipeline_add(pipeline: *mut holdfast_pipeline, transform: *const holdfast_transform, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_pipeline_encode(out: *mut *mut holdfast_writer, pipeline: *const holdfast_pipeline, next: *mut holdfast_writer, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_pipeline_decode(out: *mut *mut holdfast_reader, pipeline: *const holdfast_pipeline, from: *mut holdfast_reader, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_pipeline_free(pipeline: *mut holdfast_pipeline);
    pub fn holdfast_reader_exec(out: *mut *mut holdfast_reader, argv: *const *const c_char, count: usize, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_writer_exec(out: *mut *mut holdfast_writer, argv: *const *const c_char, count: usize, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_reader_fd(out: *mut *mut holdfast_reader, fd: i32, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_writer_fd(out: *mut *mut holdfast_writer, fd: i32, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_reader_source(out: *mut *mut holdfast_reader, source: *mut holdfast_source, entry: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_reader_sql(out: *mut *mut holdfast_reader, uri: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_writer_target(out: *mut *mut holdfast_writer, target: *mut holdfast_target, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_pipeline_run_start(out: *mut *mut holdfast_job, pipeline: *const holdfast_pipeline, direction: i32, reader: *mut holdfast_reader, writer: *mut holdfast_writer, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_pipeline_split_start(out: *mut *mut holdfast_job, pipeline: *const holdfast_pipeline, source: *mut holdfast_source, storage: *mut holdfast_storage, prefix: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_pipeline_report(job: *const holdfast_job, out: *mut holdfast_pipeline_report, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_verify_report_count(report: *const holdfast_verify_report, name: *const c_char) -> u64;
    pub fn holdfast_verify_report_count_name(report: *const holdfast_verify_report, index: usize) -> *const c_char;
    pub fn holdfast_job_left_out_count(job: *const holdfast_job) -> usize;
    pub fn holdfast_job_left_out(job: *const holdfast_job, index: usize, out: *mut holdfast_left_out, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_backup_to_json(out: *mut *mut c_char, backup: *const holdfast_backup, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_backup_list_to_json(out: *mut *mut c_char, list: *const holdfast_backup_list, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_manifest_to_json(out: *mut *mut c_char, manifest: *const holdfast_manifest, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_diff_to_json(out: *mut *mut c_char, diff: *const holdfast_diff, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_verify_report_to_json(out: *mut *mut c_char, report: *const holdfast_verify_report, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_verify_list_to_json(out: *mut *mut c_char, list: *const holdfast_verify_list, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_retention_plan_to_json(out: *mut *mut c_char, plan: *const holdfast_retention_plan, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_repository_to_json(out: *mut *mut c_char, repository: *const holdfast_repository, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_key_list_to_json(out: *mut *mut c_char, list: *const holdfast_key_list, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_finding_list_to_json(out: *mut *mut c_char, list: *const holdfast_finding_list, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_result_to_json(out: *mut *mut c_char, job: *const holdfast_job, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_drivers_to_json(out: *mut *mut c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_schedule_new(out: *mut *mut holdfast_schedule, expression: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_schedule_free(schedule: *mut holdfast_schedule);
    pub fn holdfast_schedule_next(out: *mut i64, schedule: *const holdfast_schedule, after: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_schedule_previous(out: *mut i64, schedule: *const holdfast_schedule, at: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_schedule_local_time(out: *mut *mut c_char, schedule: *const holdfast_schedule, time: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_schedule_plan_new(out: *mut *mut holdfast_schedule_plan, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_schedule_plan_free(plan: *mut holdfast_schedule_plan);
    pub fn holdfast_schedule_plan_add(plan: *mut holdfast_schedule_plan, name: *const c_char, schedule: *const holdfast_schedule, server: *const c_char, seconds: *const i64, count: usize, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_schedule_plan_conflicts(out: *mut *mut c_char, plan: *const holdfast_schedule_plan, from: i64, until: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_scheduler_new(out: *mut *mut holdfast_scheduler, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_scheduler_free(scheduler: *mut holdfast_scheduler);
    pub fn holdfast_scheduler_add(scheduler: *mut holdfast_scheduler, name: *const c_char, schedule: *const holdfast_schedule, since: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_scheduler_remove(scheduler: *mut holdfast_scheduler, name: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_scheduler_step(out: *mut *mut holdfast_run_list, scheduler: *mut holdfast_scheduler, now: i64, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_scheduler_finished(scheduler: *mut holdfast_scheduler, name: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_scheduler_next_due(out: *mut i64, scheduler: *const holdfast_scheduler, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_scheduler_running(scheduler: *const holdfast_scheduler) -> usize;
    pub fn holdfast_run_list_count(list: *const holdfast_run_list) -> usize;
    pub fn holdfast_run_list_at(list: *const holdfast_run_list, index: usize, out: *mut holdfast_scheduled_run, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_run_list_free(list: *mut holdfast_run_list);
    pub fn holdfast_sql_load_start(out: *mut *mut holdfast_job, uri: *const c_char, reader: *mut holdfast_reader, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_sql_query_start(out: *mut *mut holdfast_job, uri: *const c_char, sql: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_scratch_database_new(out: *mut *mut holdfast_scratch_database, server_uri: *const c_char, name: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_scratch_database_uri(database: *const holdfast_scratch_database) -> *const c_char;
    pub fn holdfast_scratch_database_drop(database: *mut holdfast_scratch_database, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_scratch_database_free(database: *mut holdfast_scratch_database);
    pub fn holdfast_scratch_drop_abandoned(out: *mut *mut c_char, server_uri: *const c_char, prefix: *const c_char, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_retrying(out: *mut *mut holdfast_storage, inner: *mut holdfast_storage, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_throttled(out: *mut *mut holdfast_storage, inner: *mut holdfast_storage, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_cached(out: *mut *mut holdfast_storage, inner: *mut holdfast_storage, cache: *mut holdfast_storage, prefix: *const c_char, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_read_only(out: *mut *mut holdfast_storage, inner: *mut holdfast_storage, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_quota(out: *mut *mut holdfast_storage, inner: *mut holdfast_storage, options: *const holdfast_options, warn: holdfast_quota_callback, user_data: *mut c_void, release: Option<unsafe extern "C" fn(user_data: *mut c_void)>, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_replicated(out: *mut *mut holdfast_storage, storages: *const *mut holdfast_storage, count: usize, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_open_replicated(out: *mut *mut holdfast_storage, uris: *const *const c_char, count: usize, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_tiered(out: *mut *mut holdfast_storage, hot: *mut holdfast_storage, cold: *mut holdfast_storage, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_replicas(out: *mut *mut holdfast_replica_report, replicated: *mut holdfast_storage, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_replica_repair_start(out: *mut *mut holdfast_job, replicated: *mut holdfast_storage, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_move_old_start(out: *mut *mut holdfast_job, tiered: *mut holdfast_storage, options: *const holdfast_options, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_storage_list_cold(tiered: *mut holdfast_storage, prefix: *const c_char, visit: holdfast_object_visitor, user_data: *mut c_void, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_replica_report_count(report: *const holdfast_replica_report) -> usize;
    pub fn holdfast_replica_report_state(report: *const holdfast_replica_report, index: usize) -> i32;
    pub fn holdfast_replica_report_id(report: *const holdfast_replica_report, index: usize) -> *const c_char;
    pub fn holdfast_replica_report_uri(report: *const holdfast_replica_report, index: usize) -> *const c_char;
    pub fn holdfast_replica_report_why(report: *const holdfast_replica_report, index: usize) -> *const c_char;
    pub fn holdfast_replica_report_copied_objects(report: *const holdfast_replica_report) -> u64;
    pub fn holdfast_replica_report_copied_bytes(report: *const holdfast_replica_report) -> u64;
    pub fn holdfast_replica_report_removed_objects(report: *const holdfast_replica_report) -> u64;
    pub fn holdfast_replica_report_replaced_objects(report: *const holdfast_replica_report) -> u64;
    pub fn holdfast_replica_report_problem_count(report: *const holdfast_replica_report) -> usize;
    pub fn holdfast_replica_report_problem(report: *const holdfast_replica_report, index: usize) -> *const c_char;
    pub fn holdfast_replica_report_free(report: *mut holdfast_replica_report);
    pub fn holdfast_job_replica_report(out: *mut *mut holdfast_replica_report, job: *const holdfast_job, err: *mut *mut holdfast_error) -> holdfast_status;
    pub fn holdfast_job_tier_report(job: *const holdfast_job, out: *mut holdfast_tier_report, err: *mut *mut holdfast_error) -> holdfast_status;
}
