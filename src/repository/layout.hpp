#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/storage.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

/// Objects that hold the bytes of a backup.
struct NeededObjects {
  std::size_t sources = 0;          ///< of the backup
  std::vector<ObjectInfo> objects;  ///< their times are not looked up
  bool all = true;                  ///< false: some lie frozen that name others
};

/// How backups lie on a storage: names, bytes and the order of durable effects. Plain is one object per entry; packed
/// deduplicates. Thread-safe; any number of processes may work on one storage at once.
class Layout {
 public:
  virtual ~Layout() = default;

  virtual RepositoryInfo info() const = 0;
  virtual Storage& storage() const = 0;
  /// See Repository::rotate_data_key.
  virtual void rotate_data_key(Context& context) = 0;
  virtual std::unique_ptr<BackupSession> begin(const BackupOptions& options, Context& context) = 0;

  /// Every committed backup, newest first, with the best proof on record; damaged manifests are listed as such.
  virtual std::vector<BackupInfo> list(Context& context) const = 0;
  /// The ids of what list() lists, by their names only, newest first.
  virtual std::vector<BackupId> ids(const Context& context) const = 0;
  /// The line of one backup, none if there is no such; the same few requests however many there are.
  virtual std::optional<BackupInfo> find(const BackupId& id, const Context& context) const = 0;
  /// Whether only the backup of that id can be meant; in a plain repository the id of one may be the beginning of another's.
  virtual bool is_exact(std::string_view name) const = 0;
  virtual std::shared_ptr<const Manifest> manifest(const BackupId& id, Context& context) const = 0;
  /// The SHA-256 (hex) of the stored record or manifest that makes the backup exist; none if its removal is on record. Throws
  /// Error{not_found}, Error{corrupt} for one that can't be read.
  virtual std::optional<std::string> record_sha256(const BackupId& id, const Context& context) const = 0;
  /// A reader of the entry's plain bytes that checks every hash on the way.
  virtual std::unique_ptr<Reader> open_entry(const EntryRecord& entry) const = 0;

  /// What has to be read to restore a backup whole, its own record apart.
  virtual NeededObjects needed_objects(const BackupId& id, const Context& context) const = 0;

  /// Removes a backup in an order that leaves it listed whole or not at all.
  virtual void remove(const BackupId& id, Context& context) = 0;
  virtual void undo_remove(const BackupId& id, Context& context) = 0;
  virtual GarbageReport collect_garbage(const GarbageOptions& options, Context& context) = 0;
  /// See Repository::repair.
  virtual RepairReport repair(Context& context) = 0;
  /// Removes what writers left that died long ago; never anything of a committed backup or of a live writer. How many objects.
  virtual std::uint64_t collect_leftovers(Context& context) = 0;

  /// Adds what it finds wrong with one backup's objects to `report` (levels quick and full).
  virtual void verify_backup(const BackupId& id, VerifyLevel level, VerifyReport& report, Context& context) const = 0;
  /// The same for the objects that belong to no backup: format, key slots, proof records.
  virtual void verify_common(VerifyLevel level, VerifyReport& report, Context& context) const = 0;

  /// Leaves a write-once record that this backup was proven.
  virtual void record_proof(const VerifyReport& report, Context& context) = 0;

  /// Until when remove() would refuse for the storage's locks; none = it would not.
  virtual std::optional<TimePoint> removable_from(const BackupId& /*id*/, Context& /*context*/) const { return std::nullopt; }

  /// Verifies all listed backups, newest first, looking once at what several of them share; see Repository::verify_all.
  virtual std::vector<VerifyReport> verify_backups(VerifyLevel level, Context& context) const = 0;
};

/// A new backup. Throws Error{unsupported} for options of a source or driver, and where the storage hides abilities.
std::unique_ptr<BackupSession> begin_backup(Layout& layout, const BackupOptions& options, Context& context);

/// One source of a backup whose manifest was read. Throws Error{not_found}.
BackupView view_of(const std::shared_ptr<Layout>& layout, std::shared_ptr<const Manifest> manifest, std::uint32_t source);

}  // namespace holdfast
