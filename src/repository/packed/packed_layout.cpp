#include "repository/packed/packed_layout.hpp"

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/listing.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/collect.hpp"
#include "repository/packed/needed_packs.hpp"
#include "repository/packed/packed_proofs.hpp"
#include "repository/packed/packed_session.hpp"
#include "repository/packed/removals.hpp"

namespace holdfast {

PackedLayout::PackedLayout(std::shared_ptr<const PackedPlace> place)
    : place_(std::move(place)),
      index_(std::make_shared<const IndexCache>(place_)),
      chunks_(std::make_shared<ChunkReader>(place_, index_)) {}

std::unique_ptr<BackupSession> PackedLayout::begin(const BackupOptions& options, Context& context) {
  return begin_packed_session(place_, index_, chunks_, options, context);
}

std::vector<BackupId> PackedLayout::listed_ids(const Context& context) const {
  Doubts doubts(context);
  return listed_backups(*place_, doubts);
}

std::vector<BackupInfo> PackedLayout::list(Context& context) const {
  Listing listing{.ids = listed_ids(context), .proofs = {}, .read_backup = {}, .read_proof = [this](const std::string& object) {
                    return read_packed_proof(*place_, object);
                  }};
  for (ObjectInfo& proof : list_objects(place_->storage(), kProofs)) listing.proofs.push_back(std::move(proof.name));
  listing.read_backup = [&](std::size_t number) {
    const StoredRecord stored = read_record(*place_, listing.ids[number]);
    return ListedBackup{summary_of(stored.record), to_hex(stored.sha256)};
  };
  return list_backups(listing, context);
}

std::shared_ptr<const Manifest> PackedLayout::manifest(const BackupId& id, Context& context) const {
  Doubts doubts(context);
  if (is_packed_id(id) && removal_state(*place_, doubts, id).is_removed()) {
    throw Error(ErrorCode::not_found, "there is no backup " + id + " in " + place_->info().uri + ": it was removed");
  }
  return std::make_shared<const Manifest>(read_whole_manifest(read_record(*place_, id).record, chunks_));
}

std::unique_ptr<Reader> PackedLayout::open_entry(const EntryRecord& entry) const {
  return read_tree(chunks_, tree_of(entry, entry.name), entry.content_hash, entry.name);
}

NeededObjects PackedLayout::needed_objects(const BackupId& id, const Context& context) const {
  return needed_packs(*place_, *index_, chunks_, id, context);
}

void PackedLayout::rotate_data_key(Context& context) {
  holdfast::rotate_data_key(place_->storage(), place_->ring(), place_->master(), context.now(), *context.random);
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

}  // namespace holdfast
