#pragma once

#include <memory>

#include "repository/audit/trail.hpp"
#include "repository/host_transforms.hpp"
#include "repository/layout.hpp"
#include "repository/listing.hpp"
#include "repository/plain/place.hpp"

namespace holdfast {

/// One object per entry, with names for people (docs/format.md).
class PlainLayout final : public Layout {
 public:
  explicit PlainLayout(std::shared_ptr<const PlainPlace> place, HostTransforms transforms = HostTransforms())
      : place_(std::move(place)), transforms_(std::move(transforms)), audit_(place_->storage(), place_->info().id, place_->audit_key()) {}

  RepositoryInfo info() const override { return place_->info(); }
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
  std::uint64_t collect_leftovers(Context& context) override;
  Storage& storage() const override { return place_->storage(); }
  AuditTrail& audit_trail() const override { return audit_; }
  void rotate_data_key(Context& context) override;
  void undo_remove(const BackupId& id, Context& context) override;
  std::optional<TimePoint> removable_from(const BackupId& id, Context& context) const override;
  GarbageReport collect_garbage(const GarbageOptions& options, Context& context) override;
  RepairReport repair(Context& context) override;
  void verify_backup(const BackupId& id, VerifyLevel level, VerifyReport& report, Context& context) const override;
  std::vector<VerifyReport> verify_backups(VerifyLevel level, Context& context) const override;
  void verify_common(VerifyLevel level, VerifyReport& report, Context& context) const override;
  void record_proof(const VerifyReport& report, Context& context) override;
  std::string history_object(const std::string& stem) const override;
  Bytes seal_history(const std::string& object, const std::vector<OperationRecord>& records, const Context& context) const override;
  std::vector<OperationRecord> open_history(const std::string& object, ByteView stored) const override;

 private:
  std::vector<BackupInfo> list_these(ListedObjects& objects, std::vector<BackupListing::Line> lines, std::vector<ObjectInfo> proofs,
                                     const Context& context) const;

  std::shared_ptr<const PlainPlace> place_;
  const HostTransforms transforms_;
  mutable AuditTrail audit_;
};

}  // namespace holdfast
