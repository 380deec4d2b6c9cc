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
#include "holdfast/transform.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

class Layout;  // how backups are stored; src/repository/layout.hpp

/// A key that opens an encrypted repository.
struct Key {
  enum class Kind { passphrase, raw } kind = Kind::passphrase;
  Secret secret;
};
Key passphrase(Secret secret);
Key passphrase(std::string_view text);
Key raw_key(Secret thirty_two_bytes);  ///< throws Error{invalid_argument} on another size

/// Repository layouts: `packed` deduplicates, `plain` stores one standard file per entry.
enum class LayoutKind { packed, plain };

/// Encryption of a new repository.
enum class Encryption {
  required,  ///< creation needs a key
  none,      ///< no key: anyone who can read the storage can read every backup
};

struct CreateOptions {
  std::optional<Key> key;
  Encryption encryption = Encryption::required;
  LayoutKind layout = LayoutKind::packed;
  Options storage;
  std::vector<TransformPtr> transforms = {};  ///< as in OpenOptions
};

struct OpenOptions {
  std::optional<Key> key;
  Options storage;
  DriverRegistry drivers = builtin_drivers();
  /// Transforms of the host that this handle can encode and decode with: BackupOptions::transforms names them. Entries
  /// that went through others can't be read. Called on the library's threads, several at once.
  std::vector<TransformPtr> transforms = {};
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
  std::string compression;   ///< "zstd:1", "gzip:6", "lz4", "none"; empty = the source's preference, else zstd
  bool decode_check = true;  ///< decode each compressed block before it is stored
  Selection selection;
  std::optional<TimePoint> started;  ///< for copies: when the original backup was made; none = now
  Options driver;                    ///< options of the sources' drivers
  /// Transforms of the host that each entry goes through first, in this order, as "NAME@VERSION": of those that the
  /// repository was lent. They are recorded. An encoding that differs each time, such as an encryption, keeps a packed
  /// repository from finding equal data.
  std::vector<std::string> transforms = {};
};

/// One key of a repository, as visible without that key.
struct KeySlot {
  std::string id;    ///< 16 hex digits
  std::string kind;  ///< "password" or "raw key"; empty if unknown
  std::string damage;
};

/// Differences of two backups. Entries are matched by source and name.
struct BackupDiff {
  std::vector<EntryRecord> added;    ///< only in the second
  std::vector<EntryRecord> removed;  ///< only in the first
  std::vector<EntryRecord> changed;  ///< in both, with different bytes; as in the second
  std::uint64_t unchanged = 0;
};

struct GarbageOptions {
  /// How long removed backups can be brought back, and how long data that readers may still use is kept.
  std::chrono::seconds grace = std::chrono::hours(24);
  bool dry_run = false;  ///< counts only, changes nothing
};

/// Result of a garbage collection, or of its dry run.
struct GarbageReport {
  std::uint64_t backups = 0;       ///< removed backups that can't be brought back any more
  std::uint64_t marked_packs = 0;  ///< newly found unneeded; removed after the grace period
  std::uint64_t marked_bytes = 0;
  std::uint64_t removed_packs = 0;  ///< found unneeded earlier, removed now
  std::uint64_t removed_bytes = 0;
  std::uint64_t copied_chunks = 0;  ///< copied from old packs into new ones
  std::uint64_t leftovers = 0;      ///< objects that dead writers left
  std::uint64_t waiting = 0;        ///< marks that wait for a running backup or for the grace period
};

/// Result of a repair.
struct RepairReport {
  std::uint64_t indexed_packs = 0;     ///< packs without a readable index segment; they have one now
  std::uint64_t removed_segments = 0;  ///< damaged index segments that are no longer needed
  std::uint64_t unreadable_packs = 0;  ///< packs that can't be read; a warning names each
};

/// A backup that a host fills itself. Thread-safe except commit(). commit() throws Error{invalid_state} that names an
/// entry that was begun and neither committed nor aborted. Destruction without commit discards the backup: it never
/// existed.
class BackupSession {
 public:
  virtual ~BackupSession() = default;
  virtual const BackupId& id() const = 0;
  /// Begins a source. The writer lives as long as the session.
  virtual BackupWriter& add_source(const SourceInfo& info) = 0;
  /// The commit point: after the return, the backup survives any crash.
  virtual BackupInfo commit() = 0;
};

/// A repository of backups. Safe from many threads. Several processes may use one repository at once.
class Repository {
 public:
  static Repository create(std::string_view uri, const CreateOptions& options, Context& context);
  static Repository open(std::string_view uri, const OpenOptions& options, Context& context);
  Repository(std::shared_ptr<Layout> layout, DriverRegistry drivers, std::optional<Key> key = {});  ///< for other layouts and tests
  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  RepositoryInfo info() const;

  // Backups.
  /// Begins a backup that the host fills. Throws Error{unsupported} for options that need a source to select from or a
  /// driver.
  std::unique_ptr<BackupSession> begin(const BackupOptions& options, Context& context);
  std::vector<BackupInfo> list(Context& context) const;  ///< newest first; damaged ones are included and marked
  /// Finds a backup by id, by a unique prefix of an id, or by "latest": the newest backup that can be read and is not
  /// dated in the future. Warns about each backup that it skips. A full id costs the same few requests for any number
  /// of backups. Throws Error{not_found}, and Error{corrupt} for a damaged backup.
  BackupInfo find(std::string_view name, Context& context) const;
  /// Returns the id that find() finds. Does not look up a full id: the next call with it fails if there is no such
  /// backup.
  BackupId resolve(std::string_view name, Context& context) const;
  std::shared_ptr<const Manifest> manifest(const BackupId& id, Context& context) const;
  /// Opens one source of a backup for reading. Leaves a record first if the repository is audited (audit.hpp).
  BackupView view(const BackupId& id, std::uint32_t source, Context& context) const;
  /// Removes a backup from the listing. In a packed repository it can be brought back until it is collected.
  void remove(const BackupId& id, Context& context);
  /// Brings a removed backup back. Throws Error{not_found} if it was not removed, Error{conflict} if it is too late,
  /// Error{unsupported} in a plain repository.
  void undo_remove(const BackupId& id, Context& context);
  /// Frees what no backup needs. Safe during running backups and at any time.
  GarbageReport collect_garbage(const GarbageOptions& options, Context& context);

  /// Rebuilds lost or damaged parts of the index from the packs. Safe at any time, and safe to repeat. Throws
  /// Error{unsupported} in a plain repository, which has no index.
  RepairReport repair(Context& context);

  // Whole operations.
  /// Backs the sources up into one backup: one commit for all of them.
  BackupInfo backup(const std::vector<std::string>& sources, const BackupOptions& options, Context& context);
  RestoreReport restore(const BackupId& id, const std::string& target, const RestoreOptions& options, Context& context);
  /// Checks a backup for damage. The report has the findings; a finding is no exception. At levels full and restore,
  /// records a good result; warns if it can't record it.
  VerifyReport verify(const BackupId& id, const VerifyOptions& options, Context& context);
  /// Checks the repository's own objects: format, keys, proof records.
  VerifyReport verify_repository(VerifyLevel level, Context& context);
  /// Runs verify_repository(), then verifies all listed backups, newest first; levels quick and full. Checks shared
  /// data once and counts it in the report of the oldest backup that shares it. Reports a fault of shared data in the
  /// reports of all of them. The `seconds` in each report are those of the whole pass.
  std::vector<VerifyReport> verify_all(VerifyLevel level, Context& context);
  RetentionPlan plan(const RetentionPolicy& policy, Context& context) const;
  /// Makes the plan and carries it out. Throws before it removes anything if it can't make the plan.
  RetentionPlan expire(const RetentionPolicy& policy, Context& context);
  /// Writes one source of a backup in a format that standard tools read. Commits `out`.
  void export_to(const BackupId& id, std::uint32_t source, const ExportOptions& options, Writer& out, Context& context);

  /// Copies a backup with all its sources into another repository of either layout. The copy keeps time and tags and
  /// gets a new id. Entries that went through transforms of a host are copied as these left them.
  BackupInfo copy_to(const BackupId& id, Repository& destination, const BackupOptions& options, Context& context) const;
  BackupDiff diff(const BackupId& first, const BackupId& second, Context& context) const;

  // Masking, for sources of drivers with that ability.
  /// Compares rules with one source of a backup, without restoring it.
  MaskCheck check_mask(const BackupId& id, std::uint32_t source, const MaskOptions& options, Context& context) const;
  /// Proposes rules for one source of a backup.
  std::string suggest_mask(const BackupId& id, std::uint32_t source, Context& context) const;

  // Keys. All throw Error{invalid_state} in a repository without encryption.
  std::vector<KeySlot> keys() const;
  /// Adds a key. Any of the keys opens the repository. Reads the new key slot back and opens it with the key, then
  /// returns the slot's id.
  std::string add_key(const Key& key, Context& context);
  /// Removes a key. Refuses to remove the key that opened this repository, and therefore the last one.
  void remove_key(const std::string& slot_id, Context& context);
  /// Creates a new data key. Repositories opened from now on seal new data with it. Open handles keep reading both
  /// keys. Throws Error{unsupported} in a plain repository.
  void rotate_data_key(Context& context);

  const DriverRegistry& drivers() const noexcept { return drivers_; }
  Layout& layout() noexcept { return *layout_; }

 private:
  std::shared_ptr<Layout> layout_;
  DriverRegistry drivers_;
  std::optional<Key> key_;
};

}  // namespace holdfast
