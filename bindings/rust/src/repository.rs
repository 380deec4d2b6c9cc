//! Repositories.

use std::ffi::c_char;
use std::io::Write;
use std::sync::Arc;

use crate::handle::{Handle, c_text, check, copied, text};
use crate::source::{lend_source, lend_writer};
use crate::storage::lend_storage;
use crate::{
    Backup, BackupView, Call, GarbageReport, Plan, RestoreReport, Session, Source, Storage, VerifyReport, sys,
};

type Options = *const sys::holdfast_options;
type OutError = *mut *mut sys::holdfast_error;
type Raw = *mut sys::holdfast_repository;
type JobResult<T> = fn(*const sys::holdfast_job) -> crate::Result<T>;
/// A function of the library that makes a `T` of something.
type Make<T, P> = unsafe extern "C" fn(*mut *mut T, P, Options, OutError) -> sys::holdfast_status;
/// One that makes it of a repository and a text.
type MakeOf<T> = unsafe extern "C" fn(*mut *mut T, Raw, *const c_char, Options, OutError) -> sys::holdfast_status;

/// A set of backups on one storage. Many threads may use it at once, and several processes one repository.
#[derive(Debug)]
pub struct Repository {
    raw: Handle<sys::holdfast_repository>,
}

// SAFETY: the C interface lets any number of threads use a repository at once.
unsafe impl Send for Repository {}
unsafe impl Sync for Repository {}

impl Repository {
    /// Creates a repository in a folder or at the URI of a storage. Needs [`Call::password`], [`Call::key`] or
    /// [`Call::no_encryption`].
    pub fn create(uri: &str) -> Call<'_, Repository> {
        Self::at(uri, sys::holdfast_repository_create)
    }

    /// Opens a repository.
    pub fn open(uri: &str) -> Call<'_, Repository> {
        Self::at(uri, sys::holdfast_repository_open)
    }

    /// Creates a repository on a storage of your own.
    pub fn create_on<S: Storage + 'static>(storage: Arc<S>) -> Call<'static, Repository> {
        Self::on(storage, sys::holdfast_repository_create_on)
    }

    /// Opens a repository on a storage of your own.
    pub fn open_on<S: Storage + 'static>(storage: Arc<S>) -> Call<'static, Repository> {
        Self::on(storage, sys::holdfast_repository_open_on)
    }

    fn at(uri: &str, enter: Make<sys::holdfast_repository, *const c_char>) -> Call<'_, Repository> {
        Call::new(move |running| {
            let (uri, options) = (c_text(uri)?, running.options());
            let made = |out, err| unsafe { enter(out, uri.as_ptr(), options, err) };
            Ok(Repository { raw: Handle::new(sys::holdfast_repository_free, made)? })
        })
    }

    fn on<S: Storage + 'static>(
        storage: Arc<S>,
        enter: Make<sys::holdfast_repository, *mut sys::holdfast_storage>,
    ) -> Call<'static, Repository> {
        Call::new(move |running| {
            let (place, options) = (lend_storage(storage)?, running.options());
            let made = |out, err| unsafe { enter(out, place.get(), options, err) };
            Ok(Repository { raw: Handle::new(sys::holdfast_repository_free, made)? })
        })
    }

    /// The place of the repository, without credentials.
    pub fn uri(&self) -> String {
        unsafe { text(sys::holdfast_repository_uri(self.raw.get())) }
    }

    /// Whether its backups are encrypted.
    pub fn is_encrypted(&self) -> bool {
        unsafe { sys::holdfast_repository_is_encrypted(self.raw.get()) != 0 }
    }

    /// Lists all backups, newest first; damaged ones are included and marked.
    pub fn backups(&self) -> Call<'_, Vec<Backup>> {
        self.ask(sys::holdfast_repository_list, sys::holdfast_backup_list_free, Backup::all)
    }

    /// Finds the backup with this id or unique beginning of an id, or the `"latest"`. So do all calls below.
    pub fn find<'a>(&'a self, backup: &'a str) -> Call<'a, Backup> {
        Call::new(move |running| {
            let (id, options) = (c_text(backup)?, running.options());
            let find =
                |out, err| unsafe { sys::holdfast_repository_find(out, self.raw.get(), id.as_ptr(), options, err) };
            copied(sys::holdfast_backup_free, find, Backup::of)
        })
    }

    /// Removes a backup from the listing. In a packed repository it can be brought back until it is collected.
    pub fn remove<'a>(&'a self, backup: &'a str) -> Call<'a, ()> {
        Call::new(move |running| {
            let backup = c_text(backup)?;
            check(|err| unsafe {
                sys::holdfast_repository_remove(self.raw.get(), backup.as_ptr(), running.options(), err)
            })
        })
    }

    /// Plans what [`expire`](Self::expire) would do now, with options `expire.…`; changes nothing.
    pub fn plan(&self) -> Call<'_, Plan> {
        self.ask(sys::holdfast_retention_plan_new, sys::holdfast_retention_plan_free, Plan::of)
    }

    /// Opens a backup for reading.
    pub fn view<'a>(&'a self, backup: &'a str) -> Call<'a, BackupView> {
        Call::new(move |running| {
            let (id, options) = (c_text(backup)?, running.options());
            let open =
                |out, err| unsafe { sys::holdfast_manifest_open(out, self.raw.get(), id.as_ptr(), options, err) };
            Ok(BackupView { raw: Handle::new(sys::holdfast_manifest_free, open)? })
        })
    }

    /// Begins a backup that the caller fills. The options' token cancels it until it is committed or dropped.
    pub fn begin(&self) -> Call<'_, Session> {
        Call::new(move |running| {
            let options = running.options();
            let begin = |out, err| unsafe { sys::holdfast_backup_writer_begin(out, self.raw.get(), options, err) };
            Ok(Session { raw: Handle::new(sys::holdfast_backup_writer_free, begin)? })
        })
    }

    /// Backs up one source, by its URI. After an error there is no backup.
    pub fn backup<'a>(&'a self, source: &'a str) -> Call<'a, Backup> {
        self.job_of(source, sys::holdfast_backup_start, Backup::of_job)
    }

    /// Backs up a source of your own. If it fails, its own error is the [`source`](std::error::Error::source) of this
    /// call's.
    pub fn backup_source<'a, S: Source>(&'a self, source: &'a mut S) -> Call<'a, Backup> {
        Call::new(move |running| {
            let (loan, source) = lend_source(source)?;
            let sources = [source.get()];
            let done = running.job(
                |job, options, err| unsafe {
                    sys::holdfast_backup_start_sources(job, self.raw.get(), sources.as_ptr(), 1, options, err)
                },
                Backup::of_job,
            );
            done.map_err(|error| error.with_source(loan.failure()))
        })
    }

    /// Restores a backup into a target, by its URI. The target is checked before anything is changed.
    pub fn restore<'a>(&'a self, backup: &'a str, target: &'a str) -> Call<'a, RestoreReport> {
        Call::new(move |running| {
            let (backup, target) = (c_text(backup)?, c_text(target)?);
            running.job(
                |job, options, err| unsafe {
                    sys::holdfast_restore_start(job, self.raw.get(), backup.as_ptr(), target.as_ptr(), options, err)
                },
                RestoreReport::of_job,
            )
        })
    }

    /// Writes one source of a backup in a format that standard tools read (option `export.format`).
    pub fn export<'a, W: Write + Send>(&'a self, backup: &'a str, source: usize, to: &'a mut W) -> Call<'a, ()> {
        Call::new(move |running| {
            let backup = c_text(backup)?;
            let (loan, writer) = lend_writer(to)?;
            let done = running.job(
                |job, options, err| unsafe {
                    sys::holdfast_export_start(job, self.raw.get(), backup.as_ptr(), source, writer.get(), options, err)
                },
                |_| Ok(()),
            );
            done.map_err(|error| error.with_source(loan.failure()))
        })
    }

    /// Checks a backup for damage at the level of option `verify.level`: `"quick"`, `"full"` or `"restore"`.
    pub fn verify<'a>(&'a self, backup: &'a str) -> Call<'a, VerifyReport> {
        self.job_of(backup, sys::holdfast_verify_start, VerifyReport::of_job)
    }

    /// Checks the repository's own objects and all its backups in one pass, at level `"quick"` or `"full"`.
    pub fn verify_all(&self) -> Call<'_, Vec<VerifyReport>> {
        self.job(sys::holdfast_verify_all_start, VerifyReport::all_of_job)
    }

    /// Removes the backups that no rule keeps: `.with("expire.keep_daily", 7)`.
    pub fn expire(&self) -> Call<'_, Plan> {
        self.job(sys::holdfast_expire_start, Plan::of_job)
    }

    /// Frees what no backup needs.
    pub fn collect_garbage(&self) -> Call<'_, GarbageReport> {
        self.job(sys::holdfast_gc_start, GarbageReport::of_job)
    }

    fn ask<T: 'static, C: 'static>(
        &self,
        make: Make<T, Raw>,
        free: unsafe extern "C" fn(*mut T),
        copy: unsafe fn(*const T) -> C,
    ) -> Call<'_, C> {
        Call::new(move |running| {
            let options = running.options();
            copied(free, |out, err| unsafe { make(out, self.raw.get(), options, err) }, copy)
        })
    }

    fn job<T: 'static>(&self, start: Make<sys::holdfast_job, Raw>, result: JobResult<T>) -> Call<'_, T> {
        Call::new(move |running| {
            running.job(|job, options, err| unsafe { start(job, self.raw.get(), options, err) }, result)
        })
    }

    fn job_of<'a, T: 'static>(
        &'a self,
        text: &'a str,
        start: MakeOf<sys::holdfast_job>,
        result: JobResult<T>,
    ) -> Call<'a, T> {
        Call::new(move |running| {
            let text = c_text(text)?;
            running.job(|job, options, err| unsafe { start(job, self.raw.get(), text.as_ptr(), options, err) }, result)
        })
    }
}
