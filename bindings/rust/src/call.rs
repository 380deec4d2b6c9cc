//! Calls: their options, progress and end.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::null_mut;
use std::sync::Arc;

use crate::handle::{Handle, c_text, check, empty, text};
use crate::value::set_bytes;
use crate::{Error, Result, Value, sys};

const STEP_MILLISECONDS: i64 = 100;

/// Ends calls from outside, from any thread. Clones are the same token.
#[derive(Clone, Debug)]
pub struct CancelToken {
    raw: Arc<Handle<sys::holdfast_cancel_token>>,
}

// SAFETY: the C interface lets any number of threads use a token at once.
unsafe impl Send for CancelToken {}
unsafe impl Sync for CancelToken {}

impl CancelToken {
    /// # Panics
    /// If there is no memory.
    pub fn new() -> Self {
        let made = Handle::new(sys::holdfast_cancel_token_free, |out, err| unsafe {
            sys::holdfast_cancel_token_new(out, err)
        });
        #[allow(clippy::arc_with_non_send_sync)] // the token is both
        CancelToken { raw: Arc::new(made.expect("memory for a cancel token")) }
    }

    /// Ends all calls with this token soon, with [`Code::Cancelled`](crate::Code::Cancelled). Returns at once; can't be undone.
    pub fn cancel(&self) {
        unsafe { sys::holdfast_cancel_token_request(self.raw.get()) }
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        unsafe { sys::holdfast_cancel_token_is_requested(self.raw.get()) != 0 }
    }
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::new()
    }
}

/// How far an operation is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Plain bytes read or written.
    pub bytes_done: u64,
    /// An estimate; 0 is unknown.
    pub bytes_total: u64,
    /// Bytes that were stored.
    pub bytes_stored: u64,
    /// Entries that are complete.
    pub entries_done: u64,
    /// Warnings so far.
    pub warnings: u64,
}

/// What happened during an operation. Lives during the closure.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// What kind of thing happened.
    pub kind: EventKind,
    /// For people: one line.
    pub message: &'a str,
    /// The table, file or object that it is about; may be empty.
    pub object: &'a str,
    /// Of `Begun` and `Ended`: the operation's record as JSON, described in `docs/embedding.md`.
    pub record: Option<&'a str>,
}

macro_rules! kinds {
    ($($name:ident = $constant:ident,)*) => {
        /// The kind of an [`Event`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        #[allow(missing_docs)] // their names say it
        pub enum EventKind {
            $($name,)*
            /// A kind that this crate does not know.
            Other,
        }

        impl EventKind {
            fn of(kind: i32) -> Self {
                match kind {
                    $(sys::$constant => EventKind::$name,)*
                    _ => EventKind::Other,
                }
            }
        }
    };
}

kinds! {
    Phase = HOLDFAST_EVENT_PHASE,
    Progress = HOLDFAST_EVENT_PROGRESS,
    EntryStarted = HOLDFAST_EVENT_ENTRY_STARTED,
    EntryFinished = HOLDFAST_EVENT_ENTRY_FINISHED,
    Warning = HOLDFAST_EVENT_WARNING,
    Log = HOLDFAST_EVENT_LOG,
    Begun = HOLDFAST_EVENT_BEGUN,
    Ended = HOLDFAST_EVENT_ENDED,
}

type Options = Handle<sys::holdfast_options>;
type Watch<'a> = Box<dyn FnMut(&Progress) + 'a>;
type Hear<'a> = Box<dyn FnMut(&Event<'_>) + 'a>;
type Work<'a, T> = Box<dyn FnOnce(&mut Running<'a>) -> Result<T> + 'a>;

/// A call that is not made yet: set its options, then [`run`](Self::run) it. The first option that is wrong is the error
/// of `run`, and nothing is done then.
#[must_use = "a call does nothing until it is run"]
pub struct Call<'a, T> {
    options: Result<Options>,
    watch: Option<Watch<'a>>,
    hear: Option<Hear<'a>>,
    work: Work<'a, T>,
}

impl<'a, T> Call<'a, T> {
    pub(crate) fn new(work: impl FnOnce(&mut Running<'a>) -> Result<T> + 'a) -> Self {
        let options =
            Handle::new(sys::holdfast_options_free, |out, err| unsafe { sys::holdfast_options_new(out, err) });
        Call { options, watch: None, hear: None, work: Box::new(work) }
    }

    /// Sets an option of the C interface by its key: `"backup.include"`, `"verify.level"`, `"driver.NAME"`.
    pub fn with(self, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.change(|options| value.set(options, &c_text(key)?))
    }

    /// The password of the repository: any bytes, at least one.
    pub fn password(self, password: impl AsRef<[u8]>) -> Self {
        self.change(|options| set_bytes(options, c"repository.password", password.as_ref()))
    }

    /// The raw key of the repository.
    pub fn key(self, key: &[u8; 32]) -> Self {
        self.change(|options| set_bytes(options, c"repository.key", key))
    }

    /// For [`Repository::create`](crate::Repository::create): everyone who can read the storage can read the backups.
    pub fn no_encryption(self) -> Self {
        self.with("repository.encryption", "none")
    }

    /// Ends the call with [`Code::Cancelled`](crate::Code::Cancelled) soon after the token is cancelled.
    pub fn cancel(self, token: &CancelToken) -> Self {
        self.change(|options| check(|err| unsafe { sys::holdfast_options_set_cancel(options, token.raw.get(), err) }))
    }

    /// Calls a closure about ten times a second during an operation, and once at its end, on the thread that runs it. If
    /// it panics, the operation is cancelled and `run` panics.
    pub fn on_progress(mut self, watch: impl FnMut(&Progress) + 'a) -> Self {
        self.watch = Some(Box::new(watch));
        self
    }

    /// Calls a closure with each event of an operation, on the thread that runs it. If it panics, the operation is
    /// cancelled and `run` panics. Calls that are no operations have no events: opening, listing, planning.
    pub fn on_event(mut self, hear: impl FnMut(&Event<'_>) + 'a) -> Self {
        self.hear = Some(Box::new(hear));
        self
    }

    /// Makes the call, and returns when it is done.
    ///
    /// # Errors
    /// After an error of a backup or a session there is no backup; damage that a verification finds is no error.
    pub fn run(self) -> Result<T> {
        (self.work)(&mut Running { options: self.options?, watch: self.watch, hear: self.hear })
    }

    fn change(mut self, set: impl FnOnce(*mut sys::holdfast_options) -> Result<()>) -> Self {
        if let Ok(options) = &self.options {
            if let Err(error) = set(options.get()) {
                self.options = Err(error);
            }
        }
        self
    }
}

impl<T> std::fmt::Debug for Call<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive() // options have secrets
    }
}

struct Listener<'a> {
    hear: Hear<'a>,
    panicked: Option<Box<dyn Any + Send>>,
}

/// A call that is being made.
pub(crate) struct Running<'a> {
    options: Options,
    watch: Option<Watch<'a>>,
    hear: Option<Hear<'a>>,
}

impl Running<'_> {
    pub fn options(&self) -> *const sys::holdfast_options {
        self.options.get()
    }

    /// Runs a job to its end, and makes a result of it.
    pub fn job<T>(
        &mut self,
        start: impl FnOnce(
            *mut *mut sys::holdfast_job,
            *const sys::holdfast_options,
            *mut *mut sys::holdfast_error,
        ) -> sys::holdfast_status,
        result: impl FnOnce(*const sys::holdfast_job) -> Result<T>,
    ) -> Result<T> {
        // Jobs deliver events only while they are stepped, and the job goes before its listener.
        let mut listener = self.hear.take().map(|hear| Listener { hear, panicked: None });
        if let Some(listener) = &mut listener {
            let (options, data): (_, *mut Listener<'_>) = (self.options.get(), listener);
            check(|err| unsafe { sys::holdfast_options_set_events(options, Some(heard), data.cast(), None, err) })?;
        }
        let job = Handle::new(sys::holdfast_job_free, |out, err| start(out, self.options(), err))?;
        let done = self.finish(job.get());
        if let Some(panicked) = listener.and_then(|listener| listener.panicked) {
            resume_unwind(panicked);
        }
        done.and_then(|()| result(job.get()))
    }

    fn finish(&mut self, job: *mut sys::holdfast_job) -> Result<()> {
        loop {
            let mut err = null_mut();
            let status = unsafe { sys::holdfast_job_step(job, STEP_MILLISECONDS, &mut err) };
            let done = match status {
                sys::HOLDFAST_RUNNING => None,
                sys::HOLDFAST_OK => Some(Ok(())),
                _ => Some(Err(unsafe { Error::take(status, err) })),
            };
            self.show(job);
            if let Some(done) = done {
                return done;
            }
        }
    }

    fn show(&mut self, job: *mut sys::holdfast_job) {
        let Some(watch) = &mut self.watch else { return };
        let mut now = empty!(holdfast_progress);
        if unsafe { sys::holdfast_job_progress(job, &mut now, null_mut()) } == sys::HOLDFAST_OK {
            watch(&Progress {
                bytes_done: now.bytes_done,
                bytes_total: now.bytes_total,
                bytes_stored: now.bytes_stored,
                entries_done: now.entries_done,
                warnings: now.warnings,
            });
        }
    }
}

/// # Safety
/// `data` is the listener of the call that steps the job, and the event lives during this function.
unsafe extern "C" fn heard(data: *mut c_void, event: *const sys::holdfast_event) -> sys::holdfast_status {
    let (listener, event) = unsafe { (&mut *data.cast::<Listener<'_>>(), &*event) };
    let (message, object, record) = unsafe { (text(event.message), text(event.object), text(event.record)) };
    let told = Event {
        kind: EventKind::of(event.kind),
        message: &message,
        object: &object,
        record: (!event.record.is_null()).then_some(&record),
    };
    if listener.panicked.is_none() {
        listener.panicked = catch_unwind(AssertUnwindSafe(|| (listener.hear)(&told))).err();
    }
    if listener.panicked.is_none() { sys::HOLDFAST_OK } else { sys::HOLDFAST_E_CANCELLED }
}
