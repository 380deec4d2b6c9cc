// Looking for damage. Level quick asks the index and one listing; level full reads every byte of every pack that the backup needs.

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "repository/findings.hpp"
#include "repository/format.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/live_session.hpp"
#include "repository/packed/packed_layout.hpp"
#include "repository/packed/packed_proofs.hpp"

namespace holdfast {

namespace {

[[noreturn]] void damaged(const std::string& why) { throw Error(ErrorCode::corrupt, why); }

std::map<std::string, std::uint64_t> pack_sizes(const PackedPlace& place) {
  std::map<std::string, std::uint64_t> sizes;
  for (const ObjectInfo& object : list_objects(place.storage(), kPacks)) sizes.emplace(object.name, object.size);
  return sizes;
}

// Every chunk of a frame is what its id says.
void check_frame(const PackedPlace& place, const Frame& frame, std::uint32_t generation, ByteView bytes, const std::string& object) {
  const Bytes plain = open_frame(place.ring_for(generation), generation, frame, bytes.subspan(frame.offset, frame.stored_bytes), object);
  std::size_t at = 0;
  for (const FrameChunk& chunk : frame.chunks) {
    const Bytes id = hmac_sha256(place.ring().id_key().bytes(), ByteView(plain).subspan(at, chunk.bytes));
    if (to_hash(id) != chunk.id.bytes) damaged("is damaged: a chunk is not what its id says");
    at += chunk.bytes;
  }
}

void check_pack(const PackedPlace& place, const std::string& object, Findings& findings, const Context& context) {
  const Bytes bytes = get_object(place.storage(), object, kMaxPack);
  findings.count_bytes(bytes.size());
  context.add_progress(bytes.size(), 0);
  if (object != pack_object(to_hash(sha256(bytes)))) damaged("is damaged: its SHA-256 does not match");
  const Pack pack = open_pack(place.ring_for(pack_generation(bytes)), bytes, object);
  for (const Frame& frame : pack.table) {
    context.check();
    check_frame(place, frame, pack.generation, bytes, object);
  }
}

// Every backup names those it saw; one that is gone without a removal record was lost, or removed by somebody who should not.
void check_previous(const PackedPlace& place, const StoredRecord& stored, Findings& findings) {
  for (const Previous& previous : stored.record.previous) {
    const std::string object = backup_object(previous.id);
    if (place.storage().stat(removal_object(previous.id))) continue;
    try {
      if (read_record(place, previous.id).sha256 == previous.sha256) continue;
      findings.add(object, "is not the one that was there when backup " + stored.record.manifest.id + " was made");
    } catch (const Error& error) {
      if (!is_finding(error)) throw;
      if (error.code() != ErrorCode::not_found) continue;  // a damaged one is found as such
      findings.add(object, "is missing, and no removal of it is on record: bring it back from a copy");
    }
  }
}

}  // namespace

void PackedLayout::verify_backup(const BackupId& id, VerifyLevel level, VerifyReport& report, Context& context) const {
  const VerifyReport before = report;
  if (!verify_once(id, level, report, context)) return;
  report = before;  // a collector without a grace period moved chunks meanwhile: look again where they are now
  verify_once(id, level, report, context);
}

bool PackedLayout::verify_once(const BackupId& id, VerifyLevel level, VerifyReport& report, Context& context) const {
  std::atomic<bool> moved{false};
  Findings findings(report);
  const std::string object = backup_object(id);
  std::set<std::uint32_t> packs;
  const std::shared_ptr<const ChunkIndex> index = index_->fresh();
  const std::map<std::string, std::uint64_t> listed = pack_sizes(*place_);
  // The best home of each chunk is one that is there; if there is none, whichever was named is missing.
  const auto visit = [&](const ChunkId& chunk) {
    const ChunkIndex::Range range = index->find(chunk);
    if (range.empty())
      damaged("refers to chunk " + to_hex(chunk.bytes).substr(0, 16) + ", which the index does not name: repair the index");
    std::uint32_t home = index->pack_of(range.first);
    for (std::uint32_t record = range.first; record < range.last; ++record) {
      const std::uint32_t pack = index->pack_of(record);
      if (listed.contains(pack_object(index->packs()[pack].sha256))) home = pack;
    }
    packs.insert(home);
    return true;
  };
  findings.check(object, [&] {
    const StoredRecord stored = read_record(*place_, id);
    findings.count_bytes(stored.stored_bytes);
    check_previous(*place_, stored, findings);
    walk_chunks(stored.record, chunks_, context, visit);
  });
  const std::vector<std::uint32_t> needed(packs.begin(), packs.end());
  if (level != VerifyLevel::quick) {
    std::uint64_t bytes = 0;
    for (const std::uint32_t pack : needed) bytes += index->packs()[pack].bytes;
    context.expect_bytes(bytes);
  }
  // Each holds a pack and a frame in memory.
  parallel_for(needed.size(), std::min(context.jobs(), 4U), [&](std::size_t number) {
    context.check();
    const ChunkIndex::PackEntry& pack = index->packs()[needed[number]];
    const std::string name = pack_object(pack.sha256);
    findings.check(name, [&] {
      const auto found = listed.find(name);
      if (found == listed.end()) damaged("is missing");
      if (found->second != pack.bytes) {
        damaged("has " + std::to_string(found->second) + " bytes instead of " + std::to_string(pack.bytes));
      }
      if (level == VerifyLevel::quick) return;
      try {
        check_pack(*place_, name, findings, context);
      } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) moved = true;
        throw;
      }
    });
  });
  findings.finish();
  return moved;
}

void PackedLayout::verify_common(VerifyLevel level, VerifyReport& report, Context& context) const {
  Findings findings(report);
  Storage& storage = place_->storage();
  findings.check(kFormat, [&] {
    const StoredFormat format = read_format(storage);
    if (format.info.id != place_->info().id || format.sha256 != place_->ring().format_sha256()) damaged("is not the one it was");
  });
  check_slots(storage, place_->info(), findings);
  const std::vector<ObjectInfo> rings = list_objects(storage, kRingPrefix);
  findings.check(rings.empty() ? std::string(kRingPrefix) : rings.back().name,
                 [&] { read_ring(storage, place_->master(), place_->info().id, place_->ring().format_sha256()); });
  const std::vector<ObjectInfo> segments = list_objects(storage, kIndex);
  parallel_for(segments.size(), context.jobs(), [&](std::size_t number) {
    context.check();
    findings.check(segments[number].name, [&] {
      read_segment(*place_, segments[number].name);
      findings.count_bytes(segments[number].size);
    });
  });
  for (const BackupId& id : removed_backups(*place_)) {
    findings.check(removal_object(id), [&] { read_removal(*place_, id); });
  }
  findings.check("gc/", [&] { read_marks(*place_); });
  findings.check("sessions/", [&] { check_session_records(*place_); });
  if (level != VerifyLevel::quick) {
    for (const ObjectInfo& proof : list_objects(storage, kProofs)) {
      findings.check(proof.name, [&] { read_packed_proof(*place_, proof.name); });
    }
  }
  findings.finish();
}

}  // namespace holdfast
