//! Storages of a host's own.

use std::ffi::{CStr, CString, c_char, c_void};
use std::io::{Read, Write};
use std::slice::from_raw_parts_mut;
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::{answer, give_back};
use crate::handle::{Handle, c_text, empty, microseconds};
use crate::source::slice;
use crate::{HostResult, Result, sys};

/// A flat set of write-once objects of your own. The library checks names first: 1 to 1024 bytes of printable ASCII in
/// parts separated by `/`. An object is visible completely or not at all, is durable before the call that creates it
/// returns, and is never overwritten: of two writers of one name exactly one wins. Called on several threads at once.
///
/// An [`io::Error`](std::io::Error) of kind `NotFound`, `AlreadyExists`, `PermissionDenied`, `TimedOut` or `StorageFull`
/// reaches the library as such, and so does the [`Code`](crate::Code) of an [`Error`](crate::Error).
pub trait Storage: Send + Sync {
    /// For people: without credentials.
    fn uri(&self) -> String;

    /// Begins an object.
    fn create(&self, name: &str) -> HostResult<Box<dyn ObjectWriter>>;

    /// Opens `length` bytes from `offset`, both clipped to the end of the object; `u64::MAX` is all.
    fn open(&self, name: &str, offset: u64, length: u64) -> HostResult<Box<dyn Read + Send>>;

    /// Describes one object.
    fn stat(&self, name: &str) -> HostResult<ObjectInfo>;

    /// All objects whose names begin with `prefix`, each once, in any order. An incomplete listing must end with an error.
    fn list(&self, prefix: &str) -> HostResult<ObjectList<'_>>;

    /// Removes an object durably.
    fn remove(&self, name: &str) -> HostResult;
}

/// A listing of a [`Storage`].
pub type ObjectList<'a> = Box<dyn Iterator<Item = HostResult<ObjectInfo>> + 'a>;

/// Writes one object of a [`Storage`]. Dropped without commit, it leaves nothing visible.
pub trait ObjectWriter: Write + Send {
    /// Makes the object durable and visible, or fails: with `AlreadyExists` if the name is taken.
    fn commit(self: Box<Self>) -> HostResult;
}

/// Describes an object of a [`Storage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// By the storage's clock.
    pub modified: Option<SystemTime>,
}

type Status = sys::holdfast_status;
type OutError = *mut *mut sys::holdfast_error;
type Writing = Option<Box<dyn ObjectWriter>>; // None after its commit
type Reading = Box<dyn Read + Send>;

pub(crate) fn lend_storage<S: Storage + 'static>(storage: Arc<S>) -> Result<Handle<sys::holdfast_storage>> {
    let uri = c_text(&storage.uri())?;
    let mut table = empty!(holdfast_storage_driver);
    table.caps = sys::HOLDFAST_STORAGE_ATOMIC_CREATE | sys::HOLDFAST_STORAGE_DURABLE;
    table.user_data = Box::into_raw(Box::new(storage)).cast();
    table.release = Some(release::<Arc<S>>);
    table.uri = uri.as_ptr();
    table.write = Some(write::<S>);
    table.read = Some(read::<S>);
    table.stat = Some(stat::<S>);
    table.list = Some(list::<S>);
    table.remove = Some(remove::<S>);
    Handle::new(sys::holdfast_storage_free, |out, err| unsafe { sys::holdfast_storage_new(out, &mut table, err) })
}

unsafe extern "C" fn release<T>(data: *mut c_void) {
    unsafe { give_back(data.cast::<T>()) }
}

/// Runs a function of a storage for the library.
///
/// # Safety
/// `data` is an `Arc<S>` that was lent, `name` a text.
unsafe fn with<S: Storage>(
    data: *mut c_void,
    name: *const c_char,
    err: OutError,
    call: impl FnOnce(&S, &str) -> HostResult,
) -> Status {
    let (storage, name) = unsafe { (&*data.cast::<Arc<S>>(), CStr::from_ptr(name)) };
    answer(err, || call(storage, name.to_str()?)).0
}

unsafe extern "C" fn write<S: Storage>(
    data: *mut c_void,
    name: *const c_char,
    out: *mut sys::holdfast_writer_driver,
    err: OutError,
) -> Status {
    unsafe {
        with(data, name, err, |storage: &S, name| {
            let writing: Writing = Some(storage.create(name)?);
            (*out).user_data = Box::into_raw(Box::new(writing)).cast();
            (*out).release = Some(release::<Writing>);
            (*out).write = Some(write_object);
            (*out).commit = Some(commit_object);
            Ok(())
        })
    }
}

unsafe extern "C" fn write_object(data: *mut c_void, bytes: *const c_void, length: usize, err: OutError) -> Status {
    let (writing, bytes) = unsafe { (&mut *data.cast::<Writing>(), slice(bytes, length)) };
    answer(err, || Ok(writing.as_mut().ok_or("the object is complete")?.write_all(bytes)?)).0
}

unsafe extern "C" fn commit_object(data: *mut c_void, err: OutError) -> Status {
    let writing = unsafe { &mut *data.cast::<Writing>() };
    answer(err, || writing.take().ok_or("the object is complete")?.commit()).0
}

unsafe extern "C" fn read<S: Storage>(
    data: *mut c_void,
    name: *const c_char,
    offset: u64,
    length: u64,
    out: *mut sys::holdfast_reader_driver,
    err: OutError,
) -> Status {
    unsafe {
        with(data, name, err, |storage: &S, name| {
            let reading: Reading = storage.open(name, offset, length)?;
            (*out).user_data = Box::into_raw(Box::new(reading)).cast();
            (*out).release = Some(release::<Reading>);
            (*out).read = Some(read_object);
            Ok(())
        })
    }
}

unsafe extern "C" fn read_object(
    data: *mut c_void,
    buffer: *mut c_void,
    capacity: usize,
    length: *mut usize,
    err: OutError,
) -> Status {
    // SAFETY: the library's buffer has `capacity` bytes, which have values.
    unsafe {
        let (reading, buffer) = (&mut *data.cast::<Reading>(), from_raw_parts_mut(buffer.cast::<u8>(), capacity));
        answer(err, || {
            *length = loop {
                match reading.read(buffer) {
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    done => break done?,
                }
            };
            Ok(())
        })
        .0
    }
}

fn fill(out: &mut sys::holdfast_object_info, info: &ObjectInfo) {
    out.size = info.size;
    out.modified = info.modified.map_or(0, microseconds);
}

unsafe extern "C" fn stat<S: Storage>(
    data: *mut c_void,
    name: *const c_char,
    out: *mut sys::holdfast_object_info,
    err: OutError,
) -> Status {
    unsafe {
        with(data, name, err, |storage: &S, name| {
            fill(&mut *out, &storage.stat(name)?);
            Ok(())
        })
    }
}

unsafe extern "C" fn list<S: Storage>(
    data: *mut c_void,
    prefix: *const c_char,
    visit: sys::holdfast_object_visitor,
    visit_data: *mut c_void,
    err: OutError,
) -> Status {
    let mut stopped = sys::HOLDFAST_OK;
    let visiting = |storage: &S, prefix: &str| {
        let visit = visit.ok_or("there is no visitor")?;
        for info in storage.list(prefix)? {
            let info = info?;
            let name = CString::new(info.name.as_str())?;
            let mut object = empty!(holdfast_object_info);
            object.name = name.as_ptr();
            fill(&mut object, &info);
            stopped = unsafe { visit(visit_data, &object) };
            if stopped != sys::HOLDFAST_OK {
                break;
            }
        }
        Ok(())
    };
    let status = unsafe { with(data, prefix, err, visiting) };
    if stopped == sys::HOLDFAST_OK { status } else { stopped }
}

unsafe extern "C" fn remove<S: Storage>(data: *mut c_void, name: *const c_char, err: OutError) -> Status {
    unsafe { with(data, name, err, |storage: &S, name| storage.remove(name)) }
}
