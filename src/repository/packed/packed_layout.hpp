#pragma once

#include <memory>
#include <mutex>

#include "repository/audit/trail.hpp"
#include "repository/host_transforms.hpp"
#include "repository/layout.hpp"
#include "repository/listing.hpp"
#include "repository/packed/backups.hpp"
#include "repository/packed/chunk_reader.hpp"
#include "repository/packed/index_store.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

/// The packed layout: deduplicated, crash-safe, without locks (docs/format-packed.md).
class PackedLayout final : public Layout {
 public:
  explicit PackedLayout(std::shared_ptr<const PackedPlace> place, HostTransforms transforms = HostTransforms());

  RepositoryInfo info() const override { return place_->info(); }
  Storage& storage() const override { return place_->storage(); }
  AuditTrail& audit_trail() const override { return audit_; }
  void rotate_data_key(Context& context) override;
  std::unique_ptr<BackupSession> begin(const BackupOptions& options, Context& context) override;
  std::vector<BackupInfo> list(Context& context) const override;
  std::vector<BackupId> ids(const Context& context) const override;
  std::set<BackupId> ids_on(Storage& replica) const override;
  std::optional<BackupInfo> find(const BackupId& id, const Context& context) const override;
  bool is_exact(std::string_view name) const override;
  std::shared_ptr<const Manifest> manifest(const BackupId& id, Context& context) const override;
  std::optional<std::string> record_sha256(const BackupId& id, const Context& context) const override;
  std::unique_ptr<Reader> open_entry(const EntryRecord& entry) const override;
  std::unique_ptr<Reader> open_encoded(const EntryRecord& entry) const override;
  NeededObjects needed_objects(const BackupId& id, const Context& context) const override;
  void remove(const BackupId& id, Context& context) override;
  void undo_remove(const BackupId& id, Context& context) override;
  GarbageReport collect_garbage(const GarbageOptions& options, Context& context) override;
  RepairReport repair(Context& context) override;
  /// Returns 0: garbage collection removes what dead writers left.
  std::uint64_t collect_leftovers(Context&) override { return 0; }
  void verify_backup(const BackupId& id, VerifyLevel level, VerifyReport& report, Context& context) const override;
  std::vector<VerifyReport> verify_backups(VerifyLevel level, Context& context) const override;
  void verify_common(VerifyLevel level, VerifyReport& report, Context& context) const override;
  void record_proof(const VerifyReport& report, Context& context) override;
  std::string history_object(const std::string& stem) const override;
  Bytes seal_history(const std::string& object, const std::vector<OperationRecord>& records, const Context& context) const override;
  std::vector<OperationRecord> open_history(const std::string& object, ByteView stored) const override;

 private:
  /// Returns the committed backups that are not removed, oldest first.
  std::vector<BackupId> listed_ids(const Context& context) const;
  /// `proofs` is the prefix of the names of their proofs.
  std::vector<BackupInfo> list_these(ListedObjects& objects, std::vector<BackupListing::Line> lines, std::string_view proofs,
                                     const Context& context) const;
  bool is_removed(const BackupId& id, const Context& context) const;
  /// Throws Error{not_found} for a removed backup.
  void require_listed(const BackupId& id, const Context& context) const;

  std::shared_ptr<const PackedPlace> place_;
  std::shared_ptr<const IndexCache> index_;
  std::shared_ptr<ChunkReader> chunks_;
  std::shared_ptr<const HostTransforms> transforms_;
  mutable AuditTrail audit_;
};

}  // namespace holdfast
