#include "repository/packed/verify_pass.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "base/digest.hpp"
#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "repository/findings.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/live_chunks.hpp"
#include "repository/packed/marks.hpp"
#include "repository/packed/removals.hpp"
#include "repository/packed/scan.hpp"

namespace holdfast {

namespace {

constexpr auto kNobody = std::numeric_limits<std::uint32_t>::max();
constexpr unsigned kPacksAtATime = 4;  // each holds a pack and a frame in memory

[[noreturn]] void damaged(const std::string& why) { throw Error(ErrorCode::corrupt, why); }

std::map<std::string, std::uint64_t> pack_sizes(const PackedPlace& place) {
  std::map<std::string, std::uint64_t> sizes;
  for (const ObjectInfo& object : list_objects(place.storage(), kPacks)) sizes.emplace(object.name, object.size);
  return sizes;
}

std::set<Hash> marked_packs(const PackedPlace& place, Doubts& doubts) {
  std::set<Hash> packs;
  for (const Mark& mark : read_marks(place, doubts).marks) packs.insert(mark.packs.begin(), mark.packs.end());
  return packs;
}

// Checks that every chunk of a frame matches its id.
void check_frame(const PackedPlace& place, const Frame& frame, std::uint32_t generation, ByteView bytes, const std::string& object,
                 FrameOpener& opener, Bytes& memory) {
  const ByteView plain =
      opener.open(place.ring_for(generation), generation, frame, bytes.subspan(frame.offset, frame.stored_bytes), object, memory);
  std::size_t at = 0;
  for (const FrameChunk& chunk : frame.chunks) {
    const Bytes id = hmac_sha256(place.ring().id_key().bytes(), plain.subspan(at, chunk.bytes));
    if (to_hash(id) != chunk.id.bytes) damaged("is damaged: a chunk is not what its id says");
    at += chunk.bytes;
  }
}

void check_pack(const PackedPlace& place, const std::string& object, const Context& context) {
  const Bytes bytes = get_object(place.storage(), object, kMaxPack);
  context.add_progress(bytes.size(), 0);
  if (object != pack_object(to_hash(sha256(bytes)))) damaged("is damaged: its SHA-256 does not match");
  const Pack pack = open_pack(place.ring_for(pack_generation(bytes)), bytes, object);
  FrameOpener opener;
  Bytes memory;
  for (const Frame& frame : pack.table) {
    context.check();
    check_frame(place, frame, pack.generation, bytes, object, opener, memory);
  }
}

// Every backup names earlier ones. One that is missing without a removal record was lost, or removed without
// permission.
class Chain {
 public:
  Chain(const PackedPlace& place, Doubts& doubts) : place_(place), doubts_(doubts), removals_(place, doubts) {}

  void note(const BackupId& id, const Hash& sha256) { stored_.insert_or_assign(id, State{.sha256 = sha256}); }

  void check(const StoredRecord& stored, Findings& findings) {
    for (const Previous& previous : stored.record.previous) {
      const std::string object = backup_object(previous.id);
      const State& state = state_of(previous.id);
      const bool other = state.sha256 && *state.sha256 != previous.sha256;
      if ((!state.missing && !other) || is_on_record(previous.id)) continue;
      if (state.missing)
        findings.add(object, "is missing, and its removal is not recorded: bring it back from a copy");
      else
        findings.add(object, "is not the one that existed when backup " + stored.record.manifest.id + " was made");
    }
  }

  /// Returns whether its removal is recorded, even if only just now.
  bool is_on_record(const BackupId& id) {
    return removals_.of(id).explains_absence() || removal_state(place_, doubts_, id).explains_absence();
  }

 private:
  struct State {
    std::optional<Hash> sha256 = {};  // none: it is missing, or is damaged and reported as such
    bool missing = false;
  };

  const State& state_of(const BackupId& id) {
    const auto [at, is_new] = stored_.try_emplace(id);
    if (!is_new) return at->second;
    try {
      at->second.sha256 = read_record(place_, id).sha256;
    } catch (const Error& error) {
      if (!is_finding(error)) throw;
      at->second.missing = error.code() == ErrorCode::not_found;
    }
    return at->second;
  }

  const PackedPlace& place_;
  Doubts& doubts_;
  Removals removals_;
  std::map<BackupId, State> stored_;
};

class Pass {
 public:
  Pass(const PackedPlace& place, const IndexCache& index, std::shared_ptr<ChunkReader> chunks, VerifyLevel level, Context& context)
      : place_(place),
        chunks_(std::move(chunks)),
        level_(level),
        context_(context),
        doubts_(context),
        index_(index.fresh()),
        listed_(pack_sizes(place)),
        marked_(marked_packs(place, doubts_)),
        chain_(place, doubts_),
        seen_(index_->size()),
        owner_(index_->packs().size(), kNobody) {}

  std::vector<VerifyReport> run(const std::vector<BackupId>& ids) {
    for (const BackupId& id : ids) reports_.push_back({.id = id, .level = level_});
    walked_.assign(ids.size(), true);
    std::uint32_t number = 0;
    scan_backups(place_, ids, chunks_, context_, [&](const ScannedBackup& backup) { look_at(backup, number++); });
    check_packs();
    if (!bad_.empty() || std::ranges::find(walked_, false) != walked_.end()) find_all_touched(ids);
    // A backup that was removed and collected meanwhile is not damaged if objects are missing.
    for (const VerifyReport& report : reports_) {
      if (!report.ok() && is_collected(report.id)) gone_.insert(report.id);
    }
    std::erase_if(reports_, [this](const VerifyReport& report) { return gone_.contains(report.id); });
    return std::move(reports_);
  }

  /// Returns whether a pack that existed at the beginning was missing when it was to be read.
  bool moved() const { return moved_; }

 private:
  // Prefers a pack that exists and stays. If there is none, the index still named one: that is missing.
  std::uint32_t home_of(ChunkIndex::Range range) const {
    std::uint32_t home = index_->pack_of(range.first);
    for (std::uint32_t record = range.first; record < range.last; ++record) {
      const std::uint32_t pack = index_->pack_of(record);
      if (quality_of(pack) >= quality_of(home)) home = pack;
    }
    return home;
  }

  // 2: a proper home. 1: exists. A marked pack may have been removed long ago, and anyone may have put another object
  // in its place.
  int quality_of(std::uint32_t number) const {
    const ChunkIndex::PackEntry& pack = index_->packs()[number];
    const auto found = listed_.find(pack_object(pack.sha256));
    if (found == listed_.end()) return 0;
    return found->second == pack.bytes && !marked_.contains(pack.sha256) ? 2 : 1;
  }

  ChunkIndex::Range find(const BackupId& id, const ChunkId& chunk) const {
    const ChunkIndex::Range range = index_->find(chunk);
    if (range.empty()) throw_not_named(id, chunk);
    return range;
  }

  // If a list was seen before, its chunks were seen, too.
  void look_at(const ScannedBackup& backup, std::uint32_t number) {
    Findings findings(reports_[number]);
    if (is_gone(backup)) return;
    if (backup.stored) {
      findings.count_bytes(backup.stored->stored_bytes);
      chain_.note(backup.id, backup.stored->sha256);
      chain_.check(*backup.stored, findings);
    }
    findings.check(backup_object(backup.id), [&] {
      walked_[number] = false;
      walk_chunks(backup, chunks_, context_, [&](const ChunkId& chunk) {
        const ChunkIndex::Range range = find(backup.id, chunk);
        if (seen_[range.first]) return false;
        seen_[range.first] = true;
        std::uint32_t& owner = owner_[home_of(range)];
        owner = std::min(owner, number);
        return true;
      });
      walked_[number] = true;
    });
    findings.finish();
  }

  bool is_collected(const BackupId& id) { return !is_taken(place_.storage(), backup_object(id)) && chain_.is_on_record(id); }

  bool is_gone(const ScannedBackup& backup) {
    if (backup.stored || !is_collected(backup.id)) return false;
    gone_.insert(backup.id);
    return true;
  }

  void check_packs() {
    std::vector<std::uint32_t> needed;
    std::uint64_t bytes = 0;
    for (std::uint32_t pack = 0; pack < owner_.size(); ++pack) {
      if (owner_[pack] == kNobody) continue;
      needed.push_back(pack);
      bytes += index_->packs()[pack].bytes;
    }
    if (level_ != VerifyLevel::quick) context_.expect_bytes(bytes);
    parallel_for(needed.size(), std::min(context_.jobs(), kPacksAtATime), [&](std::size_t number) {
      context_.check();
      const std::uint32_t pack = needed[number];
      const std::string problem = problem_of(index_->packs()[pack]);
      const std::lock_guard lock(mutex_);
      VerifyReport& report = reports_[owner_[pack]];
      ++report.objects;
      if (level_ != VerifyLevel::quick) report.bytes += index_->packs()[pack].bytes;
      if (!problem.empty()) bad_.emplace(pack, problem);
    });
  }

  std::string problem_of(const ChunkIndex::PackEntry& pack) {
    const std::string name = pack_object(pack.sha256);
    const auto found = listed_.find(name);
    if (found == listed_.end()) return "is missing";
    if (found->second != pack.bytes) return "has " + std::to_string(found->second) + " bytes instead of " + std::to_string(pack.bytes);
    if (level_ == VerifyLevel::quick) return {};
    try {
      check_pack(place_, name, context_);
    } catch (const Error& error) {
      if (!is_finding(error)) throw;
      if (error.code() == ErrorCode::not_found) moved_ = true;
      return error.message();
    }
    return {};
  }

  // Some packs are bad: finds out what each backup needs, also in lists that were seen in an earlier backup.
  void find_all_touched(const std::vector<BackupId>& ids) {
    std::uint32_t number = 0;
    scan_backups(place_, ids, chunks_, context_, [&](const ScannedBackup& backup) {
      if (!gone_.contains(backup.id)) find_touched(backup, number);
      ++number;
    });
  }

  void find_touched(const ScannedBackup& backup, std::uint32_t number) {
    Findings findings(reports_[number]);
    std::vector<bool> seen(index_->size());
    std::set<std::uint32_t> bad;
    try {
      walk_chunks(backup, chunks_, context_, [&](const ChunkId& chunk) {
        const ChunkIndex::Range range = find(backup.id, chunk);
        if (seen[range.first]) return false;
        seen[range.first] = true;
        const std::uint32_t home = home_of(range);
        if (bad_.contains(home)) bad.insert(home);
        return true;
      });
    } catch (const Error& error) {
      if (!is_finding(error)) throw;
      if (walked_[number]) findings.add(backup_object(backup.id), error.message());
    }
    for (const std::uint32_t pack : bad) findings.add(pack_object(index_->packs()[pack].sha256), bad_.at(pack));
    findings.finish();
  }

  const PackedPlace& place_;
  const std::shared_ptr<ChunkReader> chunks_;
  const VerifyLevel level_;
  Context& context_;
  Doubts doubts_;
  const std::shared_ptr<const ChunkIndex> index_;
  const std::map<std::string, std::uint64_t> listed_;
  const std::set<Hash> marked_;
  Chain chain_;
  std::vector<bool> seen_;            // by record of the index
  std::vector<std::uint32_t> owner_;  // by pack: the first backup that needs it
  std::vector<VerifyReport> reports_;
  std::vector<bool> walked_;  // whether everything that a backup refers to was found
  std::set<BackupId> gone_;
  std::mutex mutex_;                          // guards the reports and bad_ while packs are checked
  std::map<std::uint32_t, std::string> bad_;  // bad packs, and why
  std::atomic<bool> moved_{false};
};

}  // namespace

std::vector<VerifyReport> verify_in_one_pass(const PackedPlace& place, const IndexCache& index, const std::shared_ptr<ChunkReader>& chunks,
                                             const std::vector<BackupId>& ids, VerifyLevel level, Context& context) {
  Pass pass(place, index, chunks, level, context);
  std::vector<VerifyReport> reports = pass.run(ids);
  if (!pass.moved()) return reports;
  // A collector without a grace period moved chunks meanwhile: check again where they are now.
  std::vector<BackupId> again;
  for (const VerifyReport& report : reports) {
    if (!report.ok()) again.push_back(report.id);
  }
  std::map<BackupId, VerifyReport> second;
  for (VerifyReport& report : Pass(place, index, chunks, level, context).run(again)) second.emplace(report.id, std::move(report));
  std::erase_if(reports, [&second](const VerifyReport& report) { return !report.ok() && !second.contains(report.id); });
  for (VerifyReport& report : reports) {
    if (const auto found = second.find(report.id); found != second.end()) report = std::move(found->second);
  }
  return reports;
}

}  // namespace holdfast
