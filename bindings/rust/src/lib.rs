//! Back up databases and files, keep them encrypted and deduplicated on any storage, and prove that they can be
//! restored.
//!
//! ```
//! use holdfast::{CancelToken, Repository};
//!
//! # let place = std::env::temp_dir().join(format!("holdfast-doc-{}", std::process::id()));
//! # let place = place.to_str().unwrap();
//! # let _ = std::fs::remove_dir_all(place);
//! let repository = Repository::create(place).password("correct horse").run()?;
//! let stop = CancelToken::new(); // another thread may call stop.cancel()
//! let backup = repository
//!     .backup("exec:echo hello")
//!     .with("backup.tag.env", "prod")
//!     .on_progress(|now| eprintln!("{} bytes", now.bytes_done))
//!     .cancel(&stop)
//!     .run()?;
//! let report = repository.verify(&backup.id).with("verify.level", "full").run()?;
//! assert!(report.ok);
//! repository.expire().with("expire.keep_daily", 7).run()?;
//! # std::fs::remove_dir_all(place).unwrap();
//! # Ok::<(), holdfast::Error>(())
//! ```
//!
//! Every call that may wait is a [`Call`]: set its options, then [`run`](Call::run) it. It blocks; in asynchronous code
//! run it where blocking is allowed (`tokio::task::spawn_blocking`), and cancel it with its [`CancelToken`]. Options are
//! those of the C interface: [`Call::with`] sets one by its key, [`option_keys`] lists them.
//!
//! Sources and storages of your own implement [`Source`] and [`Storage`]. A panic in one of them becomes an error of the
//! operation; a panic in a closure for progress or events ends the operation and goes on.
#![deny(unsafe_op_in_unsafe_fn)]

mod call;
mod error;
mod handle;
mod reading;
mod repository;
mod session;
mod source;
mod storage;
mod value;
mod values;
mod view;

pub use call::{Call, CancelToken, Event, EventKind, Progress};
pub use error::{BoxError, Code, Error, HostResult, Result};
pub use repository::Repository;
pub use session::{Entries, EntryWriter, Session};
pub use source::{Context, Source, SourceInfo};
pub use storage::{ObjectInfo, ObjectList, ObjectWriter, Storage};
pub use value::Value;
pub use values::{
    Backup, Decision, Fault, GarbageReport, LeftOut, Level, Plan, Query, RestoreReport, SourceRecord, VerifyReport,
};
pub use view::{BackupView, Entry, EntryReader};

use holdfast_sys as sys;

/// The version of the library.
pub fn version() -> String {
    // SAFETY: the text lives as long as the library.
    unsafe { handle::text(sys::holdfast_version()) }
}

/// The keys that [`Call::with`] accepts; one that ends in a dot is the beginning of keys.
pub fn option_keys() -> Vec<String> {
    // SAFETY: declared options live as long as the library, and the indexes are below their count.
    unsafe {
        (0..sys::holdfast_option_count()).map(|index| handle::text((*sys::holdfast_option_at(index)).name)).collect()
    }
}
