//! Backups that the caller fills.

use std::io::{self, Write};
use std::marker::PhantomData;
use std::time::SystemTime;

use crate::handle::{Handle, c_text, check, copied, microseconds};
use crate::{Backup, Call, Result, sys};

/// A backup that the caller fills. Dropped without [`commit`](Self::commit), it never existed.
#[derive(Debug)]
pub struct Session {
    pub(crate) raw: Handle<sys::holdfast_backup_writer>,
}

// SAFETY: the C interface lets any number of threads use a backup writer at once, except for its commit, which takes the
// session.
unsafe impl Send for Session {}
unsafe impl Sync for Session {}

impl Session {
    /// Begins a source: `uri` `"app:notes"` and `name` `"notes"` are for people. Backups of the same URIs are a series.
    pub fn add_source(&self, uri: &str, name: &str) -> Result<Entries<'_>> {
        let (uri, name) = (c_text(uri)?, c_text(name)?);
        let mut source = 0;
        check(|err| unsafe {
            sys::holdfast_backup_writer_add_source(&mut source, self.raw.get(), uri.as_ptr(), name.as_ptr(), err)
        })?;
        // SAFETY: the session lives while its entries are used.
        Ok(unsafe { Entries::of(self.raw.get(), source) })
    }

    /// Makes the backup exist: it survives any later crash.
    ///
    /// # Errors
    /// [`Code::InvalidState`](crate::Code::InvalidState) if an entry was neither committed nor aborted. There is no backup
    /// then.
    pub fn commit(self) -> Result<Backup> {
        let commit = |out, err| unsafe { sys::holdfast_backup_writer_commit(out, self.raw.get(), err) };
        copied(sys::holdfast_backup_free, commit, Backup::of)
    }
}

/// The entries of one source of a backup that is being written.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a> {
    writer: *mut sys::holdfast_backup_writer,
    source: usize,
    of: PhantomData<&'a ()>,
}

// SAFETY: the C interface lets any number of threads use a backup writer at once.
unsafe impl Send for Entries<'_> {}
unsafe impl Sync for Entries<'_> {}

impl<'a> Entries<'a> {
    /// # Safety
    /// `writer` lives for `'a`.
    pub(crate) unsafe fn of(writer: *mut sys::holdfast_backup_writer, source: usize) -> Self {
        Entries { writer, source, of: PhantomData }
    }

    /// Begins an entry: any name, unique in its source; options `entry.…`.
    pub fn create<'b>(self, name: &'b str) -> Call<'b, EntryWriter<'a>>
    where
        'a: 'b,
    {
        Call::new(move |running| {
            let name = c_text(name)?;
            let (writer, source, kind) = (self.writer, self.source, c"stream");
            let raw = Handle::new(sys::holdfast_writer_free, |out, err| unsafe {
                let options = running.options();
                sys::holdfast_backup_writer_open(out, writer, source, name.as_ptr(), kind.as_ptr(), options, err)
            })?;
            Ok(EntryWriter { raw, of: PhantomData })
        })
    }

    /// Adds metadata to the source.
    pub fn note(self, key: &str, value: &str) -> Result<()> {
        let (key, value) = (c_text(key)?, c_text(value)?);
        check(|err| unsafe {
            sys::holdfast_backup_writer_note(self.writer, self.source, key.as_ptr(), value.as_ptr(), err)
        })
    }

    /// Says as of when the data is consistent.
    pub fn set_snapshot_time(self, time: SystemTime) -> Result<()> {
        let time = microseconds(time);
        check(|err| unsafe { sys::holdfast_backup_writer_set_instant(self.writer, self.source, time, err) })
    }
}

/// One entry that is being written. [`commit`](Self::commit) it, or [`abort`](Self::abort) it: dropped without either, it
/// prevents the backup's commit, so that entries are never missing by accident.
#[derive(Debug)]
#[must_use = "an entry that is neither committed nor aborted prevents the backup's commit"]
pub struct EntryWriter<'a> {
    raw: Handle<sys::holdfast_writer>,
    of: PhantomData<&'a ()>,
}

// SAFETY: a writer may move between threads. Nothing can be done with a shared reference.
unsafe impl Send for EntryWriter<'_> {}
unsafe impl Sync for EntryWriter<'_> {}

impl EntryWriter<'_> {
    /// Adds metadata to the entry.
    pub fn note(&mut self, key: &str, value: &str) -> Result<()> {
        let (key, value) = (c_text(key)?, c_text(value)?);
        check(|err| unsafe { sys::holdfast_writer_note(self.raw.get(), key.as_ptr(), value.as_ptr(), err) })
    }

    /// Adds the entry to the backup.
    pub fn commit(self) -> Result<()> {
        check(|err| unsafe { sys::holdfast_writer_commit(self.raw.get(), err) })
    }

    /// Leaves the entry out of the backup. After an error of a write that is all that can be done.
    pub fn abort(self) -> Result<()> {
        check(|err| unsafe { sys::holdfast_writer_abort(self.raw.get(), err) })
    }
}

impl Write for EntryWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (data, length) = (bytes.as_ptr().cast(), bytes.len());
        check(|err| unsafe { sys::holdfast_writer_write(self.raw.get(), data, length, err) })?;
        Ok(length)
    }

    /// Does nothing: an entry is durable when its backup is committed.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
