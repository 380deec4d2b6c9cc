#include "repository/packed/packed_layout.hpp"

#include <algorithm>
#include <map>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/collect.hpp"
#include "repository/packed/packed_proofs.hpp"
#include "repository/packed/packed_session.hpp"
#include "repository/proof.hpp"

namespace holdfast {

namespace {

// Of what somebody else may be removing, and of storages that fail for now.
bool passes(const Error& error) { return error.retryable() || error.code() == ErrorCode::cancelled; }

std::optional<ListedBackup> read_line(const PackedPlace& place, const BackupId& id) {
  try {
    const StoredRecord stored = read_record(place, id);
    return ListedBackup{summary_of(stored.record), to_hex(stored.sha256)};
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return std::nullopt;
    if (passes(error)) throw;
    return ListedBackup{{.id = id, .time = age_of(id).first, .damage = error.message()}, ""};
  }
}

std::optional<Proof> proof_in(const PackedPlace& place, const std::string& object, const Context& context) {
  try {
    return read_packed_proof(place, object);
  } catch (const Error& error) {
    if (passes(error)) throw;
    if (error.code() != ErrorCode::not_found) {
      context.warn("a proof record can't be read and counts for nothing: " + error.message(), object);
    }
    return std::nullopt;
  }
}

}  // namespace

PackedLayout::PackedLayout(std::shared_ptr<const PackedPlace> place)
    : place_(std::move(place)),
      index_(std::make_shared<const IndexCache>(place_)),
      chunks_(std::make_shared<ChunkReader>(place_, index_)) {}

std::unique_ptr<BackupSession> PackedLayout::begin(const BackupOptions& options, Context& context) {
  return begin_packed_session(place_, index_, options, context);
}

std::vector<BackupInfo> PackedLayout::list(Context& context) const {
  // Removals are looked at first: what is removed between the two looks is still listed, never the other way round.
  const std::set<BackupId> removed = removed_backups(*place_);
  std::vector<BackupId> ids = stored_backups(*place_);
  std::erase_if(ids, [&removed](const BackupId& id) { return removed.contains(id); });
  const std::vector<ObjectInfo> proofs = list_objects(place_->storage(), kProofs);
  std::map<BackupId, ListedBackup> lines;
  std::mutex mutex;
  parallel_for(ids.size(), context.jobs(), [&](std::size_t index) {
    context.check();
    std::optional<ListedBackup> line = read_line(*place_, ids[index]);
    const std::lock_guard lock(mutex);
    if (line) lines.emplace(ids[index], std::move(*line));
  });
  parallel_for(proofs.size(), context.jobs(), [&](std::size_t index) {
    context.check();
    const std::optional<Proof> proof = proof_in(*place_, proofs[index].name, context);
    const std::lock_guard lock(mutex);
    if (proof) apply_proof(*proof, lines);
  });
  std::vector<BackupInfo> backups;
  for (auto& [id, line] : lines) backups.push_back(std::move(line.info));
  std::sort(backups.begin(), backups.end(),
            [](const BackupInfo& a, const BackupInfo& b) { return std::pair(a.time, a.id) > std::pair(b.time, b.id); });
  return backups;
}

std::shared_ptr<const Manifest> PackedLayout::manifest(const BackupId& id, Context&) const {
  if (is_packed_id(id) && place_->storage().stat(removal_object(id))) {
    throw Error(ErrorCode::not_found, "there is no backup " + id + " in " + place_->info().uri + ": it was removed");
  }
  return std::make_shared<const Manifest>(read_whole_manifest(read_record(*place_, id).record, chunks_));
}

std::unique_ptr<Reader> PackedLayout::open_entry(const EntryRecord& entry) const {
  return read_tree(chunks_, tree_of(entry, entry.name), entry.content_hash, entry.name);
}

void PackedLayout::rotate_data_key(Context& context) {
  holdfast::rotate_data_key(place_->storage(), place_->ring(), place_->master(), context.now(), *context.random);
}

void PackedLayout::remove(const BackupId& id, Context& context) { put_removal(*place_, id, context); }

void PackedLayout::undo_remove(const BackupId& id, Context&) { take_back_removal(*place_, id); }

GarbageReport PackedLayout::collect_garbage(const GarbageOptions& options, Context& context) {
  return collect_packed(place_, index_, options, context);
}

void PackedLayout::record_proof(const VerifyReport& report, Context& context) {
  write_packed_proof(*place_, report, read_record(*place_, report.id).sha256, context);
}

}  // namespace holdfast
