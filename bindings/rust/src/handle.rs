//! Handles and texts of the library.
//!
//! Safety of the whole crate: a function gets handles that a `Handle` owns, which lives during the call; texts that a
//! `CString` owns; and out parameters on the stack. What a function returns is copied before its owner goes.

use std::ffi::{CStr, CString, c_char};
use std::ptr::null_mut;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Code, Error, Result, sys};

/// A handle of the library, freed when it goes. Handles may go in any order.
#[derive(Debug)]
pub(crate) struct Handle<T> {
    raw: *mut T,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Handle<T> {
    pub fn new(
        free: unsafe extern "C" fn(*mut T),
        make: impl FnOnce(*mut *mut T, *mut *mut sys::holdfast_error) -> sys::holdfast_status,
    ) -> Result<Self> {
        let mut raw = null_mut();
        check(|err| make(&mut raw, err))?;
        Ok(Handle { raw, free })
    }

    pub fn get(&self) -> *mut T {
        self.raw
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        unsafe { (self.free)(self.raw) }
    }
}

/// Copies an object that a call makes.
pub(crate) fn copied<T, C>(
    free: unsafe extern "C" fn(*mut T),
    make: impl FnOnce(*mut *mut T, *mut *mut sys::holdfast_error) -> sys::holdfast_status,
    copy: unsafe fn(*const T) -> C,
) -> Result<C> {
    let made = Handle::new(free, make)?;
    Ok(unsafe { copy(made.get()) })
}

/// Makes a call that can fail.
pub(crate) fn check(call: impl FnOnce(*mut *mut sys::holdfast_error) -> sys::holdfast_status) -> Result<()> {
    let mut err = null_mut();
    match call(&mut err) {
        sys::HOLDFAST_OK => Ok(()),
        status => Err(unsafe { Error::take(status, err) }),
    }
}

/// Copies a text of the library.
///
/// # Safety
/// `raw` is NULL, for the empty text, or a text of C.
pub(crate) unsafe fn text(raw: *const c_char) -> String {
    if raw.is_null() { String::new() } else { unsafe { CStr::from_ptr(raw) }.to_string_lossy().into_owned() }
}

pub(crate) fn c_text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::new(Code::InvalidArgument, "a text has a NUL")) // it may be a secret
}

/// A time of the library; `None` is unknown.
pub(crate) fn time(microseconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_micros(microseconds.unsigned_abs());
    match microseconds {
        0 => None,
        1.. => UNIX_EPOCH.checked_add(distance),
        _ => UNIX_EPOCH.checked_sub(distance),
    }
}

pub(crate) fn microseconds(time: SystemTime) -> i64 {
    let bounded = |distance: Duration| i64::try_from(distance.as_micros()).unwrap_or(i64::MAX);
    time.duration_since(UNIX_EPOCH).map_or_else(|before| -bounded(before.duration()), bounded)
}

/// A struct that the library fills: zero, with its size.
macro_rules! empty {
    ($type:ident) => {{
        // SAFETY: numbers and pointers may be zero.
        let mut made: sys::$type = unsafe { std::mem::zeroed() };
        made.struct_size = size_of::<sys::$type>() as u32;
        made
    }};
}
pub(crate) use empty;
