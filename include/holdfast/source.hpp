#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "holdfast/context.hpp"
#include "holdfast/io.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/target.hpp"

namespace holdfast {

/// What a source says of itself before it is read.
struct SourceInfo {
  SourceRecord record;              ///< `instant` may still be open
  std::uint64_t size_estimate = 0;  ///< bytes, for progress; 0 = unknown
  bool single_stream = false;       ///< exactly one entry, named by its suffix only ("backup_….sql.gz")
  std::string compression;          ///< preferred when the caller names none, e.g. "gzip:6"; empty = the repository's default
};

struct EntryInfo {
  std::string name;  ///< unique within the source; '/'-separated; any UTF-8 text (layouts escape it)
  std::string kind;
  Notes attributes;
  std::string
      restore_with;  ///< shell command that takes the plain bytes on its standard input and restores them ("$TARGET" is the
                     ///< target's URI, "$WORK" an empty folder for what later steps need); goes into RESTORE.txt. Empty = nothing to run
  int restore_order = 0;  ///< RESTORE.txt runs lower numbers first
};

/// Writes one entry. commit() makes it part of the backup (which itself exists only once committed). Destroyed without commit() or abort()
/// it is unfinished, and the backup can't be committed: that an entry is missing is never an accident. The same holds once write() threw.
class EntryWriter : public Writer {
 public:
  /// Leaves the entry out of the backup, on purpose. Called instead of commit(), last.
  virtual void abort() {}
  /// Adds an attribute that is known only after the bytes. Before commit().
  virtual void note(const std::string& key, std::string value) = 0;
  /// A hint that what follows has nothing to do with what came before: where data is deduplicated, equal stretches between two such places
  /// are found wherever they stand. Worth it for stretches of 256 KiB and more.
  virtual void cut() {}
};

/// Takes the entries of one source into a backup. Safe from many threads; each EntryWriter belongs to one.
class BackupWriter {
 public:
  virtual ~BackupWriter() = default;
  virtual std::unique_ptr<EntryWriter> open(EntryInfo info) = 0;
  /// The newest of the latest backups that has a source which `same` accepts, to take entries over from. Nothing where there is none, or
  /// where the repository's layout has nothing to gain from it.
  virtual std::optional<BackupView> previous(const std::function<bool(const SourceRecord&)>& same);
  /// Takes over an entry of previous() without reading it: its name and bytes are there already, note() and commit() are what is left to
  /// do. Null when what is stored can't be relied on for a new backup: then write again.
  virtual std::unique_ptr<EntryWriter> reuse(const EntryRecord& entry);
  /// Adds a fact to the source's record.
  virtual void note(const std::string& key, std::string value) = 0;
  /// The moment the source's data is consistent at.
  virtual void set_instant(TimePoint instant) = 0;
  /// Whether what is written will be unreadable without a key: decides if password hashes may go in.
  virtual bool encrypted() const = 0;
};

/// Something that can be backed up. Used by one thread; may start its own inside backup(), all joined when it returns.
class Source {
 public:
  virtual ~Source() = default;
  /// Looks at the source without reading its data; fails early on what would fail later (credentials, versions, privileges).
  virtual SourceInfo describe(Context& context) = 0;
  /// Streams all entries, consistent as of one instant. Any problem throws: there is no partial success.
  virtual void backup(BackupWriter& out, Context& context) = 0;
};

}  // namespace holdfast
