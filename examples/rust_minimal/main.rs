//! Creates an encrypted repository, backs up, lists and verifies through the C interface.
//!
//!     rustc --edition 2021 main.rs -L "$(pkg-config --variable=libdir holdfast-capi)"

use std::ffi::{c_char, CStr, CString};
use std::ptr::{null, null_mut};

/// The part of holdfast.h that this program needs.
mod ffi {
    use std::ffi::c_char;

    macro_rules! handles { ($($name:ident),*) => { $( #[repr(C)] pub struct $name { _private: [u8; 0] } )* } }
    handles!(Error, Options, Repository, Job, Backup, BackupList, VerifyReport);
    pub const OK: i32 = 0;
    pub const RUNNING: i32 = 64;

    #[link(name = "holdfast")]
    extern "C" {
        pub fn holdfast_error_message(error: *const Error) -> *const c_char;
        pub fn holdfast_error_free(error: *mut Error);
        pub fn holdfast_options_new(out: *mut *mut Options, err: *mut *mut Error) -> i32;
        pub fn holdfast_options_set_string(options: *mut Options, key: *const c_char, value: *const c_char, err: *mut *mut Error) -> i32;
        pub fn holdfast_options_free(options: *mut Options);
        pub fn holdfast_repository_create(out: *mut *mut Repository, uri: *const c_char, options: *const Options, err: *mut *mut Error) -> i32;
        pub fn holdfast_repository_list(out: *mut *mut BackupList, repository: *mut Repository, options: *const Options, err: *mut *mut Error) -> i32;
        pub fn holdfast_repository_free(repository: *mut Repository);
        pub fn holdfast_backup_list_count(list: *const BackupList) -> usize;
        pub fn holdfast_backup_list_at(list: *const BackupList, index: usize) -> *const Backup;
        pub fn holdfast_backup_list_free(list: *mut BackupList);
        pub fn holdfast_backup_id(backup: *const Backup) -> *const c_char;
        pub fn holdfast_backup_plain_bytes(backup: *const Backup) -> u64;
        pub fn holdfast_backup_start(out: *mut *mut Job, repository: *mut Repository, source_uri: *const c_char, options: *const Options, err: *mut *mut Error) -> i32;
        pub fn holdfast_verify_start(out: *mut *mut Job, repository: *mut Repository, backup: *const c_char, options: *const Options, err: *mut *mut Error) -> i32;
        pub fn holdfast_job_step(job: *mut Job, budget_ms: i64, err: *mut *mut Error) -> i32;
        pub fn holdfast_job_verify_report(out: *mut *mut VerifyReport, job: *const Job, err: *mut *mut Error) -> i32;
        pub fn holdfast_job_free(job: *mut Job);
        pub fn holdfast_verify_report_ok(report: *const VerifyReport) -> i32;
        pub fn holdfast_verify_report_free(report: *mut VerifyReport);
    }
}

/// A handle, freed when it goes. Handles may go in any order.
struct Handle<T> {
    raw: *mut T,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        unsafe { (self.free)(self.raw) }
    }
}

fn text(raw: *const c_char) -> String {
    unsafe { CStr::from_ptr(raw) }.to_string_lossy().into_owned()
}

fn call(make: impl FnOnce(*mut *mut ffi::Error) -> i32) -> Result<i32, String> {
    let mut err = null_mut();
    let status = make(&mut err);
    let message = text(unsafe { ffi::holdfast_error_message(err) });
    unsafe { ffi::holdfast_error_free(err) };
    if status == ffi::OK || status == ffi::RUNNING { Ok(status) } else { Err(message) }
}

fn handle<T>(free: unsafe extern "C" fn(*mut T), make: impl FnOnce(*mut *mut T, *mut *mut ffi::Error) -> i32) -> Result<Handle<T>, String> {
    let mut raw = null_mut();
    call(|err| make(&mut raw, err))?;
    Ok(Handle { raw, free })
}

fn finish(job: &Handle<ffi::Job>) -> Result<(), String> {
    while call(|err| unsafe { ffi::holdfast_job_step(job.raw, 100, err) })? == ffi::RUNNING {}
    Ok(())
}

fn run(place: CString, password: CString, source: CString) -> Result<(), String> {
    use ffi::*;
    let options = handle(holdfast_options_free, |out, err| unsafe { holdfast_options_new(out, err) })?;
    call(|err| unsafe { holdfast_options_set_string(options.raw, c"repository.password".as_ptr(), password.as_ptr(), err) })?;
    call(|err| unsafe { holdfast_options_set_string(options.raw, c"verify.level".as_ptr(), c"full".as_ptr(), err) })?;
    let repository = handle(holdfast_repository_free, |out, err| unsafe { holdfast_repository_create(out, place.as_ptr(), options.raw, err) })?;

    finish(&handle(holdfast_job_free, |out, err| unsafe { holdfast_backup_start(out, repository.raw, source.as_ptr(), null(), err) })?)?;

    let list = handle(holdfast_backup_list_free, |out, err| unsafe { holdfast_repository_list(out, repository.raw, null(), err) })?;
    for index in 0..unsafe { holdfast_backup_list_count(list.raw) } {
        let backup = unsafe { holdfast_backup_list_at(list.raw, index) };
        println!("{} {} bytes", text(unsafe { holdfast_backup_id(backup) }), unsafe { holdfast_backup_plain_bytes(backup) });
    }

    let verify = handle(holdfast_job_free, |out, err| unsafe { holdfast_verify_start(out, repository.raw, c"latest".as_ptr(), options.raw, err) })?;
    finish(&verify)?;
    let report = handle(holdfast_verify_report_free, |out, err| unsafe { holdfast_job_verify_report(out, verify.raw, err) })?;
    if unsafe { holdfast_verify_report_ok(report.raw) } == 0 {
        return Err("the backup is damaged".into());
    }
    println!("verified");
    Ok(())
}

fn main() {
    let arguments: Vec<CString> = std::env::args().skip(1).map(|argument| CString::new(argument).expect("no NUL in an argument")).collect();
    let Ok([place, password, source]) = <[CString; 3]>::try_from(arguments) else {
        eprintln!("usage: rust_minimal NEW-REPOSITORY PASSWORD SOURCE");
        std::process::exit(2);
    };
    if let Err(message) = run(place, password, source) {
        eprintln!("{message}");
        std::process::exit(1);
    }
}
