#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/driver.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/retention.hpp"
#include "holdfast/source.hpp"
#include "holdfast/storage.hpp"
#include "holdfast/target.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

class Layout;  // how backups lie on the storage; src/repository/layout.hpp

/// What opens an encrypted repository.
struct Key {
  enum class Kind { passphrase, raw } kind = Kind::passphrase;
  Secret secret;
};
Key passphrase(Secret secret);
Key passphrase(std::string_view text);
Key raw_key(Secret thirty_two_bytes);  ///< throws Error{invalid_argument} on another size

/// How backups lie on the storage: `packed` deduplicates, `plain` is one stock file per entry.
enum class LayoutKind { packed, plain };

/// What a new repository asks for.
enum class Encryption {
  required,  ///< a key has to be given
  none,      ///< no key: whoever can read the storage can read every backup
};

struct CreateOptions {
  std::optional<Key> key;
  Encryption encryption = Encryption::required;
  LayoutKind layout = LayoutKind::packed;
  Options storage;
};

struct OpenOptions {
  std::optional<Key> key;
  Options storage;
  DriverRegistry drivers = builtin_drivers();
};

struct RepositoryInfo {
  std::string uri;
  std::string id;  ///< 32 hex digits
  LayoutKind layout = LayoutKind::packed;
  int version = 1;
  bool encrypted = false;
  TimePoint created{};
};

struct BackupOptions {
  Notes tags;
  std::string compression;   ///< "zstd:1", "gzip:6", "lz4", "none"; empty = what the source prefers, else zstd
  bool decode_check = true;  ///< decode each compressed block again before it is stored
  Selection selection;
  std::optional<TimePoint> started;  ///< of a copy: when the backup was made first; none = now
  Options driver;                    ///< options of the sources' drivers
};

/// One of the keys that open a repository, as it can be seen without it.
struct KeySlot {
  std::string id;    ///< 16 hex digits
  std::string kind;  ///< "password" or "raw key"; empty if it can't be told
  std::string damage;
};

/// What two backups have and have not in common; entries by source and name.
struct BackupDiff {
  std::vector<EntryRecord> added;    ///< only in the second
  std::vector<EntryRecord> removed;  ///< only in the first
  std::vector<EntryRecord> changed;  ///< in both with other bytes; as in the second
  std::uint64_t unchanged = 0;
};

struct GarbageOptions {
  /// How long removed backups can be brought back, and how long what readers may still use stays.
  std::chrono::seconds grace = std::chrono::hours(24);
  bool dry_run = false;  ///< only counts
};

/// What was collected, or would be.
struct GarbageReport {
  std::uint64_t backups = 0;       ///< removed ones that can't be brought back any more
  std::uint64_t marked_packs = 0;  ///< found unneeded now; they go after the grace period
  std::uint64_t marked_bytes = 0;
  std::uint64_t removed_packs = 0;  ///< found unneeded before, and gone now
  std::uint64_t removed_bytes = 0;
  std::uint64_t copied_chunks = 0;  ///< out of packs that went into new ones
  std::uint64_t leftovers = 0;      ///< objects that dead writers left
  std::uint64_t waiting = 0;        ///< marks that wait for a running backup or for the grace period
};

/// What a repair did.
struct RepairReport {
  std::uint64_t indexed_packs = 0;     ///< packs that no readable index segment named, and one does now
  std::uint64_t removed_segments = 0;  ///< damaged index segments, which nothing needs any more
  std::uint64_t unreadable_packs = 0;  ///< packs that can't be read themselves; a warning names each
};

/// A backup that a host fills itself. Thread-safe but for commit(), which throws Error{invalid_state} naming an entry that was begun and
/// neither committed nor aborted. Destroyed uncommitted = it never existed.
class BackupSession {
 public:
  virtual ~BackupSession() = default;
  virtual const BackupId& id() const = 0;
  /// Begins a source; the writer lives as long as the session.
  virtual BackupWriter& add_source(const SourceInfo& info) = 0;
  /// The commit point: on return the backup survives a crash of anything.
  virtual BackupInfo commit() = 0;
};

/// Where backups live. Safe from many threads, and several processes may use one repository at once.
class Repository {
 public:
  static Repository create(std::string_view uri, const CreateOptions& options, Context& context);
  static Repository open(std::string_view uri, const OpenOptions& options, Context& context);
  Repository(std::shared_ptr<Layout> layout, DriverRegistry drivers, std::optional<Key> key = {});  ///< for other layouts and tests
  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  RepositoryInfo info() const;

  // Backups as such.
  /// There is no source to select from and no driver: Error{unsupported} for options that are meant for them.
  std::unique_ptr<BackupSession> begin(const BackupOptions& options, Context& context);
  std::vector<BackupInfo> list(Context& context) const;  ///< newest first; damaged ones included and marked
  /// By id, unique prefix of one, or "latest": the newest that can be read and is not dated in the future; what is passed over is a
  /// warning. A full id costs the same few requests however many backups there are. Throws Error{not_found}, Error{corrupt} for a damaged
  /// one.
  BackupInfo find(std::string_view name, Context& context) const;
  /// The id that find() finds. A full id is not looked up: who uses it finds out whether there is such a backup.
  BackupId resolve(std::string_view name, Context& context) const;
  std::shared_ptr<const Manifest> manifest(const BackupId& id, Context& context) const;
  BackupView view(const BackupId& id, std::uint32_t source, Context& context) const;
  /// The backup is not listed any more. In a packed repository it can be brought back until it is collected.
  void remove(const BackupId& id, Context& context);
  /// Throws Error{not_found} if it was not removed, Error{conflict} if it is too late, Error{unsupported} in a plain repository.
  void undo_remove(const BackupId& id, Context& context);
  /// Frees what no backup needs. Safe beside running backups and at any time.
  GarbageReport collect_garbage(const GarbageOptions& options, Context& context);

  /// Makes the index again where it is lost or damaged, from the packs. Safe at any time, and to repeat. Throws Error{unsupported} in a
  /// plain repository, which has no index.
  RepairReport repair(Context& context);

  // Whole operations.
  /// Reads the sources into one backup: one commit for all of them.
  BackupInfo backup(const std::vector<std::string>& sources, const BackupOptions& options, Context& context);
  RestoreReport restore(const BackupId& id, const std::string& target, const RestoreOptions& options, Context& context);
  /// Looks for damage; a finding is in the report, not an exception. At levels full and restore a good result is recorded; where that is
  /// not possible, a warning says so.
  VerifyReport verify(const BackupId& id, const VerifyOptions& options, Context& context);
  /// The repository's own objects: format, keys, proof records.
  VerifyReport verify_repository(VerifyLevel level, Context& context);
  /// verify_repository() and, newest first, all listed backups; levels quick and full. What several of them share is looked at once, and
  /// counted in the oldest one's report; what is wrong with it is in the reports of all. Their `seconds` are those of the whole pass.
  std::vector<VerifyReport> verify_all(VerifyLevel level, Context& context);
  RetentionPlan plan(const RetentionPolicy& policy, Context& context) const;
  /// Plans and carries out. Throws before removing anything if the plan can't be made.
  RetentionPlan expire(const RetentionPolicy& policy, Context& context);
  /// One source of a backup in a form stock tools read; `out` is committed.
  void export_to(const BackupId& id, std::uint32_t source, const ExportOptions& options, Writer& out, Context& context);

  /// Copies a backup with all its sources into another repository of either layout; it keeps its time and tags and gets a new id.
  BackupInfo copy_to(const BackupId& id, Repository& destination, const BackupOptions& options, Context& context) const;
  BackupDiff diff(const BackupId& first, const BackupId& second, Context& context) const;

  // Keys. All throw Error{invalid_state} in a repository without encryption.
  std::vector<KeySlot> keys() const;
  /// Any of the keys opens the repository. Returns the slot's id once it was read back and opened.
  std::string add_key(const Key& key, Context& context);
  /// Refuses to remove the key this repository was opened with, and so the last one.
  void remove_key(const std::string& slot_id, Context& context);
  /// Whoever opens the repository from now on seals what he writes under a new key; who has it open reads both. Throws Error{unsupported}
  /// in a plain repository.
  void rotate_data_key(Context& context);

  const DriverRegistry& drivers() const noexcept { return drivers_; }
  Layout& layout() noexcept { return *layout_; }

 private:
  std::shared_ptr<Layout> layout_;
  DriverRegistry drivers_;
  std::optional<Key> key_;
};

}  // namespace holdfast
