#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/io.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/target.hpp"

namespace holdfast {

/// Description of a source before it is read.
struct SourceInfo {
  SourceRecord record;              ///< `instant` may be unset
  std::uint64_t size_estimate = 0;  ///< bytes, for progress; 0 = unknown
  bool single_stream = false;       ///< exactly one entry, named by its suffix only ("backup_….sql.gz")
  std::string compression;          ///< used if the caller names none, e.g. "gzip:6"; empty = the repository's default
};

/// The form in which an entry of another repository is copied: as the transforms of a host left it.
struct EncodedForm {
  std::vector<std::string> transforms;  ///< "NAME@VERSION", in the order in which they encoded
  std::uint64_t plain_bytes = 0;        ///< before them
  std::string content_hash;             ///< of the bytes before them, as in EntryRecord
};

struct EntryInfo {
  std::string name;  ///< unique within the source; '/'-separated; any UTF-8 text (layouts escape it)
  std::string kind;
  Notes attributes;
  /// Shell command that restores the plain bytes from its standard input; written into RESTORE.txt. "$TARGET" is the
  /// target's URI, "$WORK" an empty folder for files that later steps need. Empty = nothing to run.
  std::string restore_with;
  int restore_order = 0;  ///< RESTORE.txt runs lower numbers first
  /// Few bytes change between two backups, at places all over the entry: a deduplicating layout cuts smaller pieces.
  bool small_changes = false;
  /// Set by copies: what is written went through these transforms already, and goes through none of this backup's.
  std::optional<EncodedForm> encoded = {};
};

/// Writes one entry. commit() makes the entry part of the backup; the backup itself exists only after its own commit.
/// An entry that is destroyed without commit() or abort(), or whose write() threw, is unfinished: the backup can then
/// not be committed. An entry is therefore never missing by accident.
class EntryWriter : public Writer {
 public:
  /// Leaves the entry out of the backup deliberately. Called instead of commit(), last.
  virtual void abort() {}
  /// Adds an attribute that is known only after the bytes. Called before commit().
  virtual void note(const std::string& key, std::string value) = 0;
  /// Hint that the following bytes are unrelated to the bytes before. Deduplication then finds equal stretches between
  /// two cuts wherever they occur. Useful for stretches of 256 KiB and more.
  virtual void cut() {}
};

/// Writes the entries of one source into a backup. Safe from many threads. Each EntryWriter belongs to one thread.
class BackupWriter {
 public:
  virtual ~BackupWriter() = default;
  virtual std::unique_ptr<EntryWriter> open(EntryInfo info) = 0;
  /// Returns the newest of the latest backups with a source that `same` accepts, for incremental backups. Returns
  /// nothing if there is none, or if the layout gains nothing from it.
  virtual std::optional<BackupView> previous(const std::function<bool(const SourceRecord&)>& same);
  /// Reuses an entry of previous() without reading it. Its name and bytes are already set; only note() and commit()
  /// remain. Returns null if the stored data is not reliable enough for a new backup: then write the entry again.
  virtual std::unique_ptr<EntryWriter> reuse(const EntryRecord& entry);
  /// Adds metadata to the source's record.
  virtual void note(const std::string& key, std::string value) = 0;
  /// Sets the snapshot time: the source's data is consistent as of it.
  virtual void set_instant(TimePoint instant) = 0;
  /// Returns whether the backup will be unreadable without a key. Decides whether password hashes may be included.
  virtual bool encrypted() const = 0;
};

/// A source of backups. Used by one thread. It may start its own threads inside backup() and must join them before the
/// return.
class Source {
 public:
  virtual ~Source() = default;
  /// Inspects the source without reading its data. Fails early for problems that would fail later (credentials,
  /// versions, privileges).
  virtual SourceInfo describe(Context& context) = 0;
  /// Writes all entries, consistent as of one snapshot time. Throws on any problem: there is no partial success.
  virtual void backup(BackupWriter& out, Context& context) = 0;
};

}  // namespace holdfast
