//! Errors, of the library and of a host's own functions.

use std::any::Any;
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{fmt, io};

use crate::{handle::text, sys};

/// The result of a call of the library.
pub type Result<T> = std::result::Result<T, Error>;

/// What functions of a host's own fail with: any error. `?` makes one of an [`io::Error`] and of an [`Error`], whose kinds
/// reach the library.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The result of a function of a host's own.
pub type HostResult<T = ()> = std::result::Result<T, BoxError>;

macro_rules! codes {
    ($($(#[$about:meta])* $name:ident = $constant:ident,)*) => {
        /// A kind of failure, as in `holdfast.h`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$about])* $name,)*
            /// A status that this crate does not know.
            Other(i32),
        }

        impl Code {
            fn of(status: i32) -> Self {
                match status {
                    $(sys::$constant => Code::$name,)*
                    other => Code::Other(other),
                }
            }

            fn status(self) -> i32 {
                match self {
                    $(Code::$name => sys::$constant,)*
                    Code::Other(sys::HOLDFAST_OK) => sys::HOLDFAST_E_INTERNAL,
                    Code::Other(status) => status,
                }
            }
        }
    };
}

codes! {
    /// A wrong option, URI or call; nothing was done.
    InvalidArgument = HOLDFAST_E_INVALID_ARGUMENT,
    /// The object can't do this now.
    InvalidState = HOLDFAST_E_INVALID_STATE,
    /// There is no such repository, backup, entry or object.
    NotFound = HOLDFAST_E_NOT_FOUND,
    /// The name is taken.
    AlreadyExists = HOLDFAST_E_ALREADY_EXISTS,
    /// Not allowed.
    PermissionDenied = HOLDFAST_E_PERMISSION_DENIED,
    /// Wrong or missing credentials for a server or storage.
    Unauthenticated = HOLDFAST_E_UNAUTHENTICATED,
    /// The key does not open this repository.
    WrongKey = HOLDFAST_E_WRONG_KEY,
    /// Not possible with this server, storage, format or version.
    Unsupported = HOLDFAST_E_UNSUPPORTED,
    /// Reading or writing failed.
    Io = HOLDFAST_E_IO,
    /// A server can't be reached.
    Network = HOLDFAST_E_NETWORK,
    /// A deadline passed.
    Timeout = HOLDFAST_E_TIMEOUT,
    /// The call was cancelled.
    Cancelled = HOLDFAST_E_CANCELLED,
    /// Stored bytes are not what was written.
    Corrupt = HOLDFAST_E_CORRUPT,
    /// Somebody else holds or changed it.
    Conflict = HOLDFAST_E_CONFLICT,
    /// The storage is full.
    NoSpace = HOLDFAST_E_NO_SPACE,
    /// A limit was reached.
    Limit = HOLDFAST_E_LIMIT,
    /// The source failed.
    Source = HOLDFAST_E_SOURCE,
    /// The target failed.
    Target = HOLDFAST_E_TARGET,
    /// A mistake in the library or in a function of the host: a panic.
    Internal = HOLDFAST_E_INTERNAL,
    /// There was not enough memory.
    OutOfMemory = HOLDFAST_E_OUT_OF_MEMORY,
    /// A function of the host failed with a status of its own.
    Callback = HOLDFAST_E_CALLBACK,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&unsafe { text(sys::holdfast_status_name(self.status())) })
    }
}

/// What a call failed with. It is displayed as one line: what failed, on which object, why, what to do; no secret.
#[derive(Debug)]
pub struct Error {
    code: Code,
    message: String,
    retryable: bool,
    source: Option<BoxError>,
}

impl Error {
    /// An error for functions of a host's own.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error { code, message: message.into(), retryable: false, source: None }
    }

    /// The kind of failure.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Whether a retry may help.
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    /// Takes over an error of the library.
    ///
    /// # Safety
    /// `err` is what a call failed with, or NULL.
    pub(crate) unsafe fn take(status: i32, err: *mut sys::holdfast_error) -> Self {
        unsafe {
            let message = text(sys::holdfast_error_message(err));
            let retryable = sys::holdfast_error_is_retryable(err) != 0;
            sys::holdfast_error_free(err);
            Error { code: Code::of(status), message, retryable, source: None }
        }
    }

    /// Adds what a host's own function failed with.
    pub(crate) fn with_source(mut self, source: Option<BoxError>) -> Self {
        self.source = source;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.code {
            Code::NotFound => io::ErrorKind::NotFound,
            Code::AlreadyExists => io::ErrorKind::AlreadyExists,
            Code::PermissionDenied => io::ErrorKind::PermissionDenied,
            Code::Timeout => io::ErrorKind::TimedOut,
            Code::Corrupt => io::ErrorKind::InvalidData,
            Code::NoSpace => io::ErrorKind::StorageFull,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

/// What an error of the host's means to the library.
fn code_of(error: &BoxError) -> Code {
    if let Some(own) = error.downcast_ref::<Error>() {
        return own.code;
    }
    let Some(io) = error.downcast_ref::<io::Error>() else {
        return Code::Io;
    };
    if let Some(own) = io.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        return own.code;
    }
    match io.kind() {
        io::ErrorKind::NotFound => Code::NotFound,
        io::ErrorKind::AlreadyExists => Code::AlreadyExists,
        io::ErrorKind::PermissionDenied => Code::PermissionDenied,
        io::ErrorKind::TimedOut => Code::Timeout,
        io::ErrorKind::StorageFull => Code::NoSpace,
        _ => Code::Io,
    }
}

/// What a panic says.
fn panic_text(payload: Box<dyn Any + Send>) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref().map(String::as_str));
    format!("panic: {}", text.unwrap_or("of a type that has no text"))
}

/// Runs a function of the host's for the library, and returns its status and what it failed with. A panic must not
/// cross C.
pub(crate) fn answer(err: *mut *mut sys::holdfast_error, call: impl FnOnce() -> HostResult) -> (i32, Option<BoxError>) {
    let told = || call().map_err(|error| (code_of(&error), error.to_string(), Some(error)));
    let done = catch_unwind(AssertUnwindSafe(told));
    match done.unwrap_or_else(|payload| Err((Code::Internal, panic_text(payload), None))) {
        Ok(()) => (sys::HOLDFAST_OK, None),
        Err((code, message, error)) => {
            let message = CString::new(message.replace('\0', " ")).unwrap_or_default();
            (unsafe { sys::holdfast_error_set(err, code.status(), message.as_ptr()) }, error)
        }
    }
}

/// Drops what the host lent to the library. A panic must not cross C.
///
/// # Safety
/// `lent` is from [`Box::into_raw`], and nothing else uses it.
pub(crate) unsafe fn give_back<T>(lent: *mut T) {
    // There is nobody to report a panic to.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(unsafe { Box::from_raw(lent) })));
}
