//! Repositories.

use std::io::Write;
use std::sync::Arc;

use crate::handle::{Handle, c_text, check, text};
use crate::source::{lend_source, lend_writer};
use crate::storage::lend_storage;
use crate::{
    Backup, BackupView, Call, GarbageReport, Plan, RestoreReport, Session, Source, Storage, VerifyReport, sys,
};

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
        Call::new(move |running| {
            let (uri, options) = (c_text(uri)?, running.options());
            Self::made(|out, err| unsafe { sys::holdfast_repository_create(out, uri.as_ptr(), options, err) })
        })
    }

    /// Opens a repository.
    pub fn open(uri: &str) -> Call<'_, Repository> {
        Call::new(move |running| {
            let (uri, options) = (c_text(uri)?, running.options());
            Self::made(|out, err| unsafe { sys::holdfast_repository_open(out, uri.as_ptr(), options, err) })
        })
    }

    /// Creates a repository on a storage of your own.
    pub fn create_on<S: Storage + 'static>(storage: Arc<S>) -> Call<'static, Repository> {
        Call::new(move |running| {
            let (place, options) = (lend_storage(storage)?, running.options());
            Self::made(|out, err| unsafe { sys::holdfast_repository_create_on(out, place.get(), options, err) })
        })
    }

    /// Opens a repository on a storage of your own.
    pub fn open_on<S: Storage + 'static>(storage: Arc<S>) -> Call<'static, Repository> {
        Call::new(move |running| {
            let (place, options) = (lend_storage(storage)?, running.options());
            Self::made(|out, err| unsafe { sys::holdfast_repository_open_on(out, place.get(), options, err) })
        })
    }

    fn made(
        make: impl FnOnce(*mut *mut sys::holdfast_repository, *mut *mut sys::holdfast_error) -> sys::holdfast_status,
    ) -> crate::Result<Self> {
        Ok(Repository { raw: Handle::new(sys::holdfast_repository_free, make)? })
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
        Call::new(move |running| {
            let list = Handle::new(sys::holdfast_backup_list_free, |out, err| unsafe {
                sys::holdfast_repository_list(out, self.raw.get(), running.options(), err)
            })?;
            let count = unsafe { sys::holdfast_backup_list_count(list.get()) };
            Ok((0..count).map(|index| unsafe { Backup::of(sys::holdfast_backup_list_at(list.get(), index)) }).collect())
        })
    }

    /// Finds the backup with this id or unique beginning of an id, or the `"latest"`. So do all calls below.
    pub fn find<'a>(&'a self, backup: &'a str) -> Call<'a, Backup> {
        Call::new(move |running| {
            let backup = c_text(backup)?;
            let found = Handle::new(sys::holdfast_backup_free, |out, err| unsafe {
                sys::holdfast_repository_find(out, self.raw.get(), backup.as_ptr(), running.options(), err)
            })?;
            Ok(unsafe { Backup::of(found.get()) })
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
        Call::new(move |running| {
            let plan = Handle::new(sys::holdfast_retention_plan_free, |out, err| unsafe {
                sys::holdfast_retention_plan_new(out, self.raw.get(), running.options(), err)
            })?;
            Ok(unsafe { Plan::of(plan.get()) })
        })
    }

    /// Opens a backup for reading.
    pub fn view<'a>(&'a self, backup: &'a str) -> Call<'a, BackupView> {
        Call::new(move |running| {
            let backup = c_text(backup)?;
            BackupView::open(|out, err| unsafe {
                sys::holdfast_manifest_open(out, self.raw.get(), backup.as_ptr(), running.options(), err)
            })
        })
    }

    /// Begins a backup that the caller fills. The options' token cancels it until it is committed or dropped.
    pub fn begin(&self) -> Call<'_, Session> {
        Call::new(move |running| {
            Session::begin(|out, err| unsafe {
                sys::holdfast_backup_writer_begin(out, self.raw.get(), running.options(), err)
            })
        })
    }

    /// Backs up one source, by its URI. After an error there is no backup.
    pub fn backup<'a>(&'a self, source: &'a str) -> Call<'a, Backup> {
        Call::new(move |running| {
            let source = c_text(source)?;
            running.job(
                |job, options, err| unsafe {
                    sys::holdfast_backup_start(job, self.raw.get(), source.as_ptr(), options, err)
                },
                Backup::of_job,
            )
        })
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
        Call::new(move |running| {
            let backup = c_text(backup)?;
            running.job(
                |job, options, err| unsafe {
                    sys::holdfast_verify_start(job, self.raw.get(), backup.as_ptr(), options, err)
                },
                VerifyReport::of_job,
            )
        })
    }

    /// Checks the repository's own objects and all its backups in one pass, at level `"quick"` or `"full"`.
    pub fn verify_all(&self) -> Call<'_, Vec<VerifyReport>> {
        Call::new(move |running| {
            running.job(
                |job, options, err| unsafe { sys::holdfast_verify_all_start(job, self.raw.get(), options, err) },
                VerifyReport::all_of_job,
            )
        })
    }

    /// Removes the backups that no rule keeps: `.with("expire.keep_daily", 7)`.
    pub fn expire(&self) -> Call<'_, Plan> {
        Call::new(move |running| {
            running.job(
                |job, options, err| unsafe { sys::holdfast_expire_start(job, self.raw.get(), options, err) },
                Plan::of_job,
            )
        })
    }

    /// Frees what no backup needs.
    pub fn collect_garbage(&self) -> Call<'_, GarbageReport> {
        Call::new(move |running| {
            running.job(
                |job, options, err| unsafe { sys::holdfast_gc_start(job, self.raw.get(), options, err) },
                GarbageReport::of_job,
            )
        })
    }
}
