//! Sources and writers of a host's own, lent to the library for one call.

use std::ffi::{CString, c_void};
use std::io::Write;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{answer, give_back};
use crate::handle::{Handle, c_text, empty};
use crate::{BoxError, Entries, HostResult, Result, sys};

/// Data of your own. Both functions are called on one thread, which is not the caller's.
pub trait Source: Send {
    /// Tells what will be read, without reading it. Fails early for problems that would fail later.
    fn describe(&mut self) -> HostResult<SourceInfo>;

    /// Creates, writes and commits all entries, as of one moment. After an error there is no backup. Threads that end
    /// before this function returns may write entries, too.
    fn backup(&mut self, out: Entries<'_>, context: &Context<'_>) -> HostResult;
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn describe(&mut self) -> HostResult<SourceInfo> {
        (**self).describe()
    }

    fn backup(&mut self, out: Entries<'_>, context: &Context<'_>) -> HostResult {
        (**self).backup(out, context)
    }
}

/// Describes a source for people and for retention.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceInfo {
    /// `"app:notes"`, without secrets; backups of the same URIs are a series.
    pub uri: String,
    /// Short, for people.
    pub name: String,
    /// Bytes, for progress; 0 is unknown.
    pub size_estimate: u64,
}

/// The operation that calls a source.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    raw: *const sys::holdfast_context,
    of: PhantomData<&'a ()>,
}

// SAFETY: the C interface lets any number of threads use a context at once.
unsafe impl Send for Context<'_> {}
unsafe impl Sync for Context<'_> {}

impl Context<'_> {
    /// Ask this regularly during long work, and fail soon after it is true.
    pub fn is_cancelled(&self) -> bool {
        unsafe { sys::holdfast_context_is_cancelled(self.raw) != 0 }
    }

    /// Reports a warning as an event. `object` may be empty.
    pub fn warn(&self, message: &str, object: &str) {
        let (message, object) = (shown(message), shown(object));
        unsafe { sys::holdfast_context_warn(self.raw, message.as_ptr(), object.as_ptr()) }
    }

    /// Reports a line for a log as an event.
    pub fn log(&self, message: &str) {
        unsafe { sys::holdfast_context_log(self.raw, shown(message).as_ptr()) }
    }
}

/// A text for people.
fn shown(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

/// What the library may use during one call. After the call nothing reaches it, whatever the library keeps.
pub(crate) struct Loan<'a, T> {
    lent: Arc<Mutex<Lent<T>>>,
    of: PhantomData<&'a mut T>,
}

struct Lent<T> {
    to: Option<*mut T>, // None after the call
    failure: Option<BoxError>,
    texts: Vec<CString>, // of a description; they live until the loan ends
}

impl<'a, T: Send> Loan<'a, T> {
    fn new(lent: &'a mut T) -> Self {
        let lent = Lent { to: Some(lent), failure: None, texts: Vec::new() };
        #[allow(clippy::arc_with_non_send_sync)] // only the library's threads share it, which T: Send allows
        Loan { lent: Arc::new(Mutex::new(lent)), of: PhantomData }
    }

    /// What a table gets as `user_data`, with `release::<T>`.
    fn user_data(&self) -> *mut c_void {
        Box::into_raw(Box::new(self.lent.clone())).cast()
    }

    /// What the host's function failed with.
    pub fn failure(&self) -> Option<BoxError> {
        self.lent.lock().unwrap_or_else(PoisonError::into_inner).failure.take()
    }
}

impl<T> Drop for Loan<'_, T> {
    fn drop(&mut self) {
        self.lent.lock().unwrap_or_else(PoisonError::into_inner).to = None;
    }
}

unsafe extern "C" fn release<T>(data: *mut c_void) {
    unsafe { give_back(data.cast::<Arc<Mutex<Lent<T>>>>()) }
}

/// Runs a function of what was lent, for the library.
///
/// # Safety
/// `data` is the `user_data` of a loan of a `T`.
unsafe fn with<T>(
    data: *mut c_void,
    err: *mut *mut sys::holdfast_error,
    call: impl FnOnce(&mut T, &mut Vec<CString>) -> HostResult,
) -> sys::holdfast_status {
    let mut lent = unsafe { &*data.cast::<Arc<Mutex<Lent<T>>>>() }.lock().unwrap_or_else(PoisonError::into_inner);
    let Lent { to, failure, texts } = &mut *lent;
    let (status, failed) = answer(err, || match to {
        // SAFETY: the loan lives, and with it the borrow of the T; the lock makes this the only use.
        Some(to) => call(unsafe { &mut **to }, texts),
        None => Err("the call that lent this is over".into()),
    });
    *failure = failed;
    status
}

pub(crate) fn lend_source<S: Source>(source: &mut S) -> Result<(Loan<'_, S>, Handle<sys::holdfast_source>)> {
    let loan = Loan::new(source);
    let mut table = empty!(holdfast_source_driver);
    table.user_data = loan.user_data();
    table.release = Some(release::<S>);
    table.describe = Some(describe::<S>);
    table.backup = Some(backup::<S>);
    let made =
        Handle::new(sys::holdfast_source_free, |out, err| unsafe { sys::holdfast_source_new(out, &mut table, err) })?;
    Ok((loan, made))
}

unsafe extern "C" fn describe<S: Source>(
    data: *mut c_void,
    out: *mut sys::holdfast_source_info,
    _: *mut sys::holdfast_context,
    err: *mut *mut sys::holdfast_error,
) -> sys::holdfast_status {
    unsafe {
        with(data, err, |source: &mut S, texts| {
            let info = source.describe()?;
            *texts = vec![c_text(&info.uri)?, c_text(&info.name)?];
            (*out).uri = texts[0].as_ptr();
            (*out).name = texts[1].as_ptr();
            (*out).size_estimate = info.size_estimate;
            Ok(())
        })
    }
}

unsafe extern "C" fn backup<S: Source>(
    data: *mut c_void,
    out: *mut sys::holdfast_backup_writer,
    number: usize,
    context: *mut sys::holdfast_context,
    err: *mut *mut sys::holdfast_error,
) -> sys::holdfast_status {
    let context = Context { raw: context, of: PhantomData };
    unsafe { with(data, err, |source: &mut S, _| source.backup(Entries::of(out, number), &context)) }
}

pub(crate) fn lend_writer<W: Write + Send>(writer: &mut W) -> Result<(Loan<'_, W>, Handle<sys::holdfast_writer>)> {
    let loan = Loan::new(writer);
    let mut table = empty!(holdfast_writer_driver);
    table.user_data = loan.user_data();
    table.release = Some(release::<W>);
    table.write = Some(write::<W>);
    table.commit = Some(flush::<W>);
    let made =
        Handle::new(sys::holdfast_writer_free, |out, err| unsafe { sys::holdfast_writer_new(out, &mut table, err) })?;
    Ok((loan, made))
}

unsafe extern "C" fn write<W: Write>(
    data: *mut c_void,
    bytes: *const c_void,
    length: usize,
    err: *mut *mut sys::holdfast_error,
) -> sys::holdfast_status {
    unsafe { with(data, err, |writer: &mut W, _| Ok(writer.write_all(slice(bytes, length))?)) }
}

unsafe extern "C" fn flush<W: Write>(data: *mut c_void, err: *mut *mut sys::holdfast_error) -> sys::holdfast_status {
    unsafe { with(data, err, |writer: &mut W, _| Ok(writer.flush()?)) }
}

/// Bytes of the library, for the time of a call.
///
/// # Safety
/// `bytes` has `length` bytes, or `length` is 0.
pub(crate) unsafe fn slice<'a>(bytes: *const c_void, length: usize) -> &'a [u8] {
    if length == 0 { &[] } else { unsafe { std::slice::from_raw_parts(bytes.cast(), length) } }
}
