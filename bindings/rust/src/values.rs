//! What calls return.

use std::collections::BTreeMap;
use std::time::SystemTime;

/// One backup of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// Its id.
    pub id: String,
    /// When it began; `None` for a damaged one.
    pub time: Option<SystemTime>,
    /// When it was complete.
    pub finished: Option<SystemTime>,
    /// What was read.
    pub sources: Vec<SourceRecord>,
    /// Option `backup.tag.NAME`.
    pub tags: BTreeMap<String, String>,
    /// How many entries it has.
    pub entries: u64,
    /// Bytes of its data.
    pub plain_bytes: u64,
    /// Bytes that it added to the storage.
    pub stored_bytes: u64,
    /// The best proof on record.
    pub level: Level,
    /// When it was proven.
    pub proven: Option<SystemTime>,
    /// Why it can't be read; only the id of such a backup is known.
    pub damage: Option<String>,
}

/// How well a backup is proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Its objects are there.
    #[default]
    Stored,
    /// Every byte was read and is right.
    Checksummed,
    /// It was restored.
    Restored,
    /// It was restored, and its content is what was backed up.
    ContentEqual,
}

/// One source of a backup: what was read, from where, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceRecord {
    /// Without secrets.
    pub uri: String,
    /// The driver that read it.
    pub driver: String,
    /// Short, for people.
    pub name: String,
    /// Snapshot time of the data.
    pub snapshot_time: Option<SystemTime>,
    /// Metadata.
    pub notes: BTreeMap<String, String>,
}

/// Damage that a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// What is damaged.
    pub object: String,
    /// How.
    pub what: String,
}

/// A query that a proof ran on restored data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Query {
    /// Whether it succeeded.
    pub ok: bool,
    /// Its result, or why it failed.
    pub result: String,
}

/// The result of a verification: damage is no error of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a verification reports damage here, not as an error"]
pub struct VerifyReport {
    /// The backup's id; empty for the repository's own objects.
    pub backup: String,
    /// No fault, and every query succeeded.
    pub ok: bool,
    /// The level that this run reached.
    pub level: Level,
    /// Objects that were looked at.
    pub objects: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// What a proof compared: `"tables"`, `"rows"`.
    pub counts: BTreeMap<String, u64>,
    /// Where it was restored: `"a scratch PostgreSQL 15.18"`.
    pub place: String,
    /// Everything that is wrong.
    pub faults: Vec<Fault>,
    /// Results of the queries.
    pub queries: Vec<Query>,
}

/// What retention rules do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// One for each backup.
    pub decisions: Vec<Decision>,
    /// How many go.
    pub removed: u64,
    /// Their stored bytes.
    pub freed_bytes: u64,
}

/// What a [`Plan`] does with one backup.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// The backup.
    pub backup: Backup,
    /// Whether it stays.
    pub keep: bool,
    /// Why.
    pub reasons: Vec<String>,
}

/// The result of a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestoreReport {
    /// Where to, for people.
    pub place: String,
    /// Entries that were restored.
    pub entries: u64,
    /// Their plain bytes.
    pub bytes: u64,
    /// Of a database.
    pub tables: u64,
    /// Of a database.
    pub rows: u64,
    /// Objects that could not be brought back as they were.
    pub left_out: Vec<LeftOut>,
}

/// An object that a restore could not bring back as it was. It cost no other object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// `"INDEX app.place_by_position"`.
    pub object: String,
    /// The statement that failed; may be empty.
    pub statement: String,
    /// The target's own words.
    pub reason: String,
    /// What was restored in its place; empty is nothing.
    pub instead: String,
}

/// What a garbage collection did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)] // docs/command.md
pub struct GarbageReport {
    pub backups: u64,
    pub marked_packs: u64,
    pub marked_bytes: u64,
    pub removed_packs: u64,
    pub removed_bytes: u64,
    pub leftovers: u64,
    pub waiting: u64,
    pub copied_chunks: u64,
}
