//! Reading a backup.

use std::collections::BTreeMap;
use std::io::{self, Read};

use crate::handle::{Handle, c_text, check, text};
use crate::reading::notes;
use crate::{Code, Error, Result, SourceRecord, sys};

/// One backup, opened for reading: its sources and entries. It never changes.
#[derive(Debug)]
pub struct BackupView {
    pub(crate) raw: Handle<sys::holdfast_manifest>,
}

// SAFETY: the C interface lets any number of threads use a manifest at once.
unsafe impl Send for BackupView {}
unsafe impl Sync for BackupView {}

/// One named stream of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Unique in its source.
    pub name: String,
    /// The driver's word for what it is.
    pub kind: String,
    /// The number of its source.
    pub source: usize,
    /// Bytes of its data.
    pub plain_bytes: u64,
    /// A keyed hash of its data.
    pub content_hash: String,
    /// Metadata.
    pub attributes: BTreeMap<String, String>,
}

impl BackupView {
    /// The backup's id.
    pub fn id(&self) -> String {
        unsafe { text(sys::holdfast_manifest_id(self.raw.get())) }
    }

    /// What was read.
    pub fn sources(&self) -> impl ExactSizeIterator<Item = SourceRecord> {
        let count = unsafe { sys::holdfast_manifest_source_count(self.raw.get()) };
        (0..count).map(|index| unsafe { SourceRecord::of(sys::holdfast_manifest_source(self.raw.get(), index)) })
    }

    /// All entries.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry> {
        let count = unsafe { sys::holdfast_manifest_entry_count(self.raw.get()) };
        (0..count).map(|index| unsafe { Entry::of(sys::holdfast_manifest_entry(self.raw.get(), index)) })
    }

    /// Opens an entry by the number of its source and its name.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is none.
    pub fn read(&self, source: usize, name: &str) -> Result<EntryReader> {
        let c_name = c_text(name)?;
        let entry = unsafe { sys::holdfast_manifest_find(self.raw.get(), source, c_name.as_ptr()) };
        if entry.is_null() {
            let message = format!("source {source} of backup {} has no entry {name:?}", self.id());
            return Err(Error::new(Code::NotFound, message));
        }
        let open = |out, err| unsafe { sys::holdfast_manifest_read(out, self.raw.get(), entry, err) };
        Ok(EntryReader { raw: Handle::new(sys::holdfast_reader_free, open)? })
    }
}

impl Entry {
    /// # Safety
    /// `raw` lives.
    unsafe fn of(raw: *const sys::holdfast_entry) -> Self {
        unsafe {
            Entry {
                name: text(sys::holdfast_entry_name(raw)),
                kind: text(sys::holdfast_entry_kind(raw)),
                source: sys::holdfast_entry_source(raw),
                plain_bytes: sys::holdfast_entry_plain_bytes(raw),
                content_hash: text(sys::holdfast_entry_content_hash(raw)),
                attributes: notes(sys::holdfast_entry_attributes(raw)),
            }
        }
    }
}

/// The plain bytes of an entry. Every hash is checked before the end is told. It outlives its view.
#[derive(Debug)]
pub struct EntryReader {
    raw: Handle<sys::holdfast_reader>,
}

// SAFETY: a reader may move between threads. Nothing can be done with a shared reference.
unsafe impl Send for EntryReader {}
unsafe impl Sync for EntryReader {}

impl Read for EntryReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0); // the library refuses it
        }
        let (mut length, capacity) = (0, buffer.len());
        check(|err| unsafe {
            sys::holdfast_reader_read(&mut length, self.raw.get(), buffer.as_mut_ptr().cast(), capacity, err)
        })?;
        Ok(length)
    }
}
