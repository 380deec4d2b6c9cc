#pragma once

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/storage.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

class AuditTrail;  // audit/trail.hpp

/// The objects that hold the data of a backup.
struct NeededObjects {
  std::size_t sources = 0;          ///< number of the backup's sources
  std::vector<ObjectInfo> objects;  ///< without their times
  bool all = true;                  ///< false: objects that would name further ones are archived
};

/// The way backups are stored: names, bytes and the order of durable effects. The plain layout has one object per
/// entry; the packed layout deduplicates. Thread-safe. Any number of processes may work on one storage at once.
class Layout {
 public:
  virtual ~Layout() = default;

  virtual RepositoryInfo info() const = 0;
  virtual Storage& storage() const = 0;
  virtual AuditTrail& audit_trail() const = 0;
  /// See Repository::rotate_data_key.
  virtual void rotate_data_key(Context& context) = 0;
  virtual std::unique_ptr<BackupSession> begin(const BackupOptions& options, Context& context) = 0;

  /// Lists every committed backup, newest first, with its best proof. Marks those whose manifests are damaged.
  virtual std::vector<BackupInfo> list(Context& context) const = 0;
  /// Returns the ids of the backups that list() lists, by their names only, newest first.
  virtual std::vector<BackupId> ids(const Context& context) const = 0;
  /// Returns the ids of the backups of which a replica has the record or manifest, by their names only.
  virtual std::set<BackupId> ids_on(Storage& replica) const = 0;
  /// Returns the listing of one backup, or none if there is no such backup. Makes the same few requests however many
  /// backups there are.
  virtual std::optional<BackupInfo> find(const BackupId& id, const Context& context) const = 0;
  /// Returns whether the name can mean only the backup of that id. In a plain repository one id may be the beginning of
  /// another.
  virtual bool is_exact(std::string_view name) const = 0;
  virtual std::shared_ptr<const Manifest> manifest(const BackupId& id, Context& context) const = 0;
  /// Returns the SHA-256 (hex) of the backup's stored record or manifest; none if its removal is recorded. Throws
  /// Error{not_found}, and Error{corrupt} for a record or manifest that cannot be read.
  virtual std::optional<std::string> record_sha256(const BackupId& id, const Context& context) const = 0;
  /// Returns a reader of the entry's plain bytes that checks every hash while it reads.
  virtual std::unique_ptr<Reader> open_entry(const EntryRecord& entry) const = 0;
  /// Returns a reader of the entry's bytes as the host's transforms left them; without any, the same as open_entry().
  virtual std::unique_ptr<Reader> open_encoded(const EntryRecord& entry) const = 0;

  /// Returns the objects that a restore of the whole backup reads, except its own record.
  virtual NeededObjects needed_objects(const BackupId& id, const Context& context) const = 0;

  /// Removes a backup. At every moment of the removal, the backup is either listed and complete, or not listed.
  virtual void remove(const BackupId& id, Context& context) = 0;
  virtual void undo_remove(const BackupId& id, Context& context) = 0;
  virtual GarbageReport collect_garbage(const GarbageOptions& options, Context& context) = 0;
  /// See Repository::repair.
  virtual RepairReport repair(Context& context) = 0;
  /// Removes what long-dead writers left; never an object of a committed backup or a live writer. Returns the number of
  /// removed objects.
  virtual std::uint64_t collect_leftovers(Context& context) = 0;

  /// Adds the faults of one backup's objects to `report` (levels quick and full).
  virtual void verify_backup(const BackupId& id, VerifyLevel level, VerifyReport& report, Context& context) const = 0;
  /// Adds the faults of the objects that belong to no backup: format, key slots, proof records.
  virtual void verify_common(VerifyLevel level, VerifyReport& report, Context& context) const = 0;

  /// Puts a write-once record that this backup was proven, or that it has the faults of the report.
  virtual void record_proof(const VerifyReport& report, Context& context) = 0;

  /// Returns the stored name of an object of the history; `stem` is its name without this layout's suffix.
  virtual std::string history_object(const std::string& stem) const = 0;
  /// Returns the bytes of such an object. The records' texts must be UTF-8.
  virtual Bytes seal_history(const std::string& object, const std::vector<OperationRecord>& records, const Context& context) const = 0;
  /// Returns the records in such an object, without the repository's URI. Throws Error{corrupt} that names it.
  virtual std::vector<OperationRecord> open_history(const std::string& object, ByteView stored) const = 0;

  /// Returns until when remove() refuses because of object locks; none = it does not refuse.
  virtual std::optional<TimePoint> removable_from(const BackupId& /*id*/, Context& /*context*/) const { return std::nullopt; }

  /// Verifies all listed backups, newest first. Reads objects that several of them share only once; see
  /// Repository::verify_all.
  virtual std::vector<VerifyReport> verify_backups(VerifyLevel level, Context& context) const = 0;
};

/// Begins a backup. Throws Error{unsupported} for options of a source or driver, and for a storage that hides
/// abilities.
std::unique_ptr<BackupSession> begin_backup(Layout& layout, const BackupOptions& options, Context& context);

/// Returns one source of a backup whose manifest was read. Throws Error{not_found}.
BackupView view_of(const std::shared_ptr<Layout>& layout, std::shared_ptr<const Manifest> manifest, std::uint32_t source);

}  // namespace holdfast
