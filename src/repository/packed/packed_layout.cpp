#include "repository/packed/packed_layout.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/collect.hpp"
#include "repository/packed/needed_packs.hpp"
#include "repository/packed/packed_history.hpp"
#include "repository/packed/packed_proofs.hpp"
#include "repository/packed/packed_session.hpp"
#include "repository/packed/removals.hpp"

namespace holdfast {

PackedLayout::PackedLayout(std::shared_ptr<const PackedPlace> place, HostTransforms transforms)
    : place_(std::move(place)),
      index_(std::make_shared<const IndexCache>(place_)),
      chunks_(std::make_shared<ChunkReader>(place_, index_)),
      transforms_(std::make_shared<const HostTransforms>(std::move(transforms))),
      audit_(place_->storage(), place_->info().id, place_->audit_key()) {}

std::unique_ptr<BackupSession> PackedLayout::begin(const BackupOptions& options, Context& context) {
  return begin_packed_session(place_, index_, chunks_, transforms_, options, context);
}

std::vector<BackupId> PackedLayout::listed_ids(const Context& context) const {
  Doubts doubts(context);
  return listed_backups(*place_, doubts);
}

std::vector<BackupInfo> PackedLayout::list_these(ListedObjects& objects, std::vector<BackupListing::Line> lines, std::string_view proofs,
                                                 const Context& context) const {
  const BackupListing listing{
      .backups = std::move(lines),
      .proofs = list_objects(place_->storage(), proofs),
      .limit = kBackupLimit,
      .open_backup =
          [this](const BackupListing::Line& line, ByteView bytes) {
            const StoredRecord stored = open_record(*place_, line.id, bytes);
            return ListedBackup{summary_of(stored.record), to_hex(stored.sha256)};
          },
      .open_proof = [this](const std::string& object, ByteView bytes) { return open_packed_proof(*place_, object, bytes); }};
  return list_backups(objects, listing, context);
}

std::vector<BackupInfo> PackedLayout::list(Context& context) const {
  ListedObjects objects(place_->storage(), ListedObjects::Copied::yes);
  Doubts doubts(context);
  std::vector<BackupListing::Line> lines;
  for (ObjectInfo& object : listed_records(*place_, doubts)) lines.push_back({id_of_record(object), std::move(object)});
  std::vector<BackupInfo> backups = list_these(objects, std::move(lines), kProofs, context);
  objects.finish();
  return backups;
}

std::vector<BackupId> PackedLayout::ids(const Context& context) const {
  std::vector<BackupId> ids = listed_ids(context);
  std::reverse(ids.begin(), ids.end());
  return ids;
}

std::set<BackupId> PackedLayout::ids_on(Storage& replica) const {
  std::set<BackupId> ids;
  for (const ObjectInfo& object : list_objects(replica, kBackups)) ids.insert(id_of_record(object));
  return ids;
}

std::optional<BackupInfo> PackedLayout::find(const BackupId& id, const Context& context) const {
  if (!is_packed_id(id) || is_removed(id, context)) return std::nullopt;
  ListedObjects objects(place_->storage(), ListedObjects::Copied::no);
  std::vector<BackupInfo> found = list_these(objects, {{id, {.name = backup_object(id)}}}, proof_prefix(id), context);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

bool PackedLayout::is_exact(std::string_view name) const { return is_packed_id(name); }

bool PackedLayout::is_removed(const BackupId& id, const Context& context) const {
  Doubts doubts(context);
  return removal_state(*place_, doubts, id).is_removed();
}

void PackedLayout::require_listed(const BackupId& id, const Context& context) const {
  if (!is_packed_id(id) || !is_removed(id, context)) return;
  throw Error(ErrorCode::not_found, "there is no backup " + id + " in " + place_->info().uri + ": it was removed");
}

std::shared_ptr<const Manifest> PackedLayout::manifest(const BackupId& id, Context& context) const {
  require_listed(id, context);
  return std::make_shared<const Manifest>(read_whole_manifest(read_record(*place_, id).record, chunks_));
}

// Checks the removal last: it is put before a record is removed.
std::optional<std::string> PackedLayout::record_sha256(const BackupId& id, const Context& context) const {
  Doubts doubts(context);
  try {
    const std::string sha256 = to_hex(read_record(*place_, id).sha256);
    return removal_state(*place_, doubts, id).is_removed() ? std::nullopt : std::optional(sha256);
  } catch (const Error& error) {
    const bool is_gone = error.code() == ErrorCode::not_found || is_unreadable(error);
    if (is_gone && is_packed_id(id) && removal_state(*place_, doubts, id).explains_absence()) return std::nullopt;
    throw;
  }
}

std::unique_ptr<Reader> PackedLayout::open_entry(const EntryRecord& entry) const { return open_packed_entry(chunks_, *transforms_, entry); }

std::unique_ptr<Reader> PackedLayout::open_encoded(const EntryRecord& entry) const { return open_packed_encoded(chunks_, entry); }

NeededObjects PackedLayout::needed_objects(const BackupId& id, const Context& context) const {
  return needed_packs(*place_, *index_, chunks_, id, context);
}

void PackedLayout::rotate_data_key(Context& context) {
  holdfast::rotate_data_key(place_->storage(), place_->ring(), place_->master(), context.now(), *context.host.random);
}

void PackedLayout::remove(const BackupId& id, Context& context) { put_removal(*place_, id, context); }

void PackedLayout::undo_remove(const BackupId& id, Context& context) { take_back_removal(*place_, id, context); }

GarbageReport PackedLayout::collect_garbage(const GarbageOptions& options, Context& context) {
  return collect_packed(place_, index_, options, context);
}

RepairReport PackedLayout::repair(Context& context) {
  const RepairReport report = rebuild_index(*place_, context);
  index_->forget();
  return report;
}

void PackedLayout::record_proof(const VerifyReport& report, Context& context) {
  write_packed_proof(*place_, report, read_record(*place_, report.id).sha256, context);
}

std::string PackedLayout::history_object(const std::string& stem) const { return stem; }

Bytes PackedLayout::seal_history(const std::string& object, const std::vector<OperationRecord>& records, const Context& context) const {
  return seal_packed_history(*place_, object, records, *context.host.random);
}

std::vector<OperationRecord> PackedLayout::open_history(const std::string& object, ByteView stored) const {
  return open_packed_history(*place_, object, stored);
}

}  // namespace holdfast
