#include "repository/packed/collect.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "holdfast/error.hpp"
#include "repository/locks.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/backups.hpp"
#include "repository/packed/index_cleaning.hpp"
#include "repository/packed/live_chunks.hpp"
#include "repository/packed/live_session.hpp"
#include "repository/packed/removals.hpp"
#include "repository/packed/repack.hpp"
#include "repository/proof.hpp"

namespace holdfast {

namespace {

class Collector {
 public:
  Collector(std::shared_ptr<const PackedPlace> place, std::shared_ptr<const IndexCache> index, const GarbageOptions& options,
            Context& context)
      : place_(std::move(place)),
        index_(std::move(index)),
        options_(options),
        context_(context),
        session_(place_, LiveSession::Purpose::collect, {}, context),
        now_(session_.storage_begun()) {}

  GarbageReport run() {
    fence_the_dead();
    finish_removals();
    find_live();
    sweep();
    if (!options_.dry_run) tidy_index();
    mark();
    if (!options_.dry_run) clear_sessions();
    session_.end();
    tell_locked();
    return report_;
  }

 private:
  Storage& storage() const { return place_->storage(); }

  // G2. A session without a sign of life for a day, by the storage's time, may no longer commit. A slow but live one
  // puts a sign each hour.
  void fence_the_dead() {
    others_ = other_sessions(*place_, session_.doubts(), session_.id());
    std::map<std::string, OtherSession>& open = others_.sessions;
    for (auto session = open.begin(); session != open.end();) {
      const bool dead = session->second.fenced || now_ - session->second.newest > kDead;
      if (!dead) {
        ++session;
        continue;
      }
      if (!options_.dry_run) {
        if (!session->second.fenced) put_fence(*place_, session_.doubts(), session->first, session->second.backup);
        put_never(*place_, session_.doubts(), session->second.backup);
      }
      fenced_.insert(*session);
      session = open.erase(session);
    }
  }

  // G9. Objects that belong to no session that opens are removed when they are so old that no live writer can still be
  // adding the rest.
  void clear_sessions() {
    for (const auto& [id, session] : fenced_) {
      remove_session(*place_, session_.doubts(), session);
      report_.leftovers += session.objects.size();
    }
    for (const ObjectInfo& object : others_.junk) {
      if (now_ - object.modified <= kDead) continue;
      remove_litter(*place_, session_.doubts(), object.name);
      ++report_.leftovers;
    }
  }

  // G3. Bringing back takes the removal back and then looks for a `.final`. Collecting puts `.final` and then looks at
  // the removal. Leaves another collector's `.final` to it until it must be dead: two collectors that act on one could
  // see different states.
  void finish_removals() {
    Removals removals(*place_, session_.doubts());
    std::vector<BackupId> ids = stored_backups(*place_);
    removals.read_all(ids);
    for (const BackupId& id : ids) {
      const RemovalState& state = removals.of(id);
      const bool due = state.is_removed() && now_ - state.since() >= options_.grace && !note_lock(lock_of(backup_object(id)));
      if (due) ++report_.backups;
      if (options_.dry_run) continue;
      const std::optional<std::string> own = due ? put_final(*place_, session_.doubts(), id) : std::nullopt;
      if (own || has_old_final(state)) settle(id, own);
    }
  }

  bool has_old_final(const RemovalState& state) const {
    return std::ranges::any_of(state.finals, [this](const auto& one) { return now_ - one.object.modified >= kDead; });
  }

  std::optional<TimePoint> lock_of(const std::string& object) {
    return find_locks(storage(), {object}, context_, [this] { session_.beat(); }).front();
  }

  // Called once `.final` exists. Removes the backup if it is still removed, and keeps `.final` as the record of its
  // removal.
  void settle(const BackupId& id, const std::optional<std::string>& own) {
    const RemovalState state = removal_state(*place_, session_.doubts(), id);
    if (!state.is_removed()) {
      for (const RemovalState::Final& final : state.finals) {
        if (final.object.name == own || now_ - final.object.modified >= kDead) remove_unless_locked(storage(), final.object.name);
      }
      return;
    }
    if (!session_.require_alive()) return;
    if (note_lock(remove_unless_locked(storage(), backup_object(id)))) return;
    for (const ObjectInfo& proof : list_objects(storage(), proof_prefix(id))) remove_litter(*place_, session_.doubts(), proof.name);
    put_final(*place_, session_.doubts(),
              id);  // usually exists; missing only if this process slept for a day and another considered it dead
  }

  // G4. Loads the index after listing the backups, so that it names all chunks that they refer to.
  void find_live() {
    std::vector<BackupId> backups = stored_backups(*place_);
    for (std::set<BackupId> void_ones; !(void_ones = add_live(backups)).empty();) {
      std::erase_if(backups, [&](const BackupId& id) { return void_ones.contains(id); });
    }
  }

  // Adds all backups, or returns those that cannot be read and are not needed. Chunks that were added for such a backup
  // would hide that another lacks them: the caller starts again without it.
  std::set<BackupId> add_live(const std::vector<BackupId>& backups) {
    live_.emplace(index_->fresh());
    unread_.clear();
    const auto chunks = std::make_shared<ChunkReader>(place_, index_);
    std::set<BackupId> void_ones;
    scan_backups(*place_, backups, chunks, context_, [&](const ScannedBackup& backup) {
      session_.beat();
      if (!add_one(backup, chunks)) void_ones.insert(backup.id);
    });
    return void_ones;
  }

  // Returns false for a backup that cannot be read and is not needed: it was collected, or it never existed, because
  // its writer was considered dead before it put the record.
  bool add_one(const ScannedBackup& backup, const std::shared_ptr<ChunkReader>& chunks) {
    try {
      live_->add(backup, chunks, context_);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) return true;  // another collector removed it
      if (!is_unreadable(error)) throw;
      const RemovalState state = removal_state(*place_, session_.doubts(), backup.id);
      if (state.never_was() || (state.is_removed() && state.is_final())) return false;
      unread_.emplace(backup.id, error.message());
    }
    return true;
  }

  // Finds packs that a backup needs but that do not exist: on a cold storage that was not named, or lost and perhaps to
  // be brought back. Only the index knows their contents.
  void find_missed() {
    const ChunkIndex& index = live_->index();
    std::vector<bool> there;
    for (const ChunkIndex::PackEntry& pack : index.packs()) there.push_back(packs_.contains(pack.sha256));
    if (std::ranges::find(there, false) == there.end()) return;
    live_->each([&](ChunkIndex::Range range) {
      for (std::uint32_t record = range.first; record < range.last; ++record) {
        if (there[index.pack_of(record)]) return;
      }
      for (std::uint32_t record = range.first; record < range.last; ++record) missed_.insert(index.packs()[index.pack_of(record)].sha256);
    });
  }

  // G7. On a full storage this can wait.
  void tidy_index() {
    if (!unread_.empty()) return;
    try {
      if (clean_index(*place_, missed_, context_, [this] { session_.beat(); })) index_->forget();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::no_space) throw;
      context_.log("the index is tidied when there is space again: " + error.message());
    }
  }

  // The chunks that these backups need are unknown. Packs stay until somebody brings the backup back or removes it,
  // whoever put it.
  void tell_unread() const {
    for (const auto& [id, why] : unread_) {
      context_.warn("no pack is removed, because backup " + id + " can't be read: " + why +
                        "; repair the index, bring back the missing objects from a copy, or remove that backup",
                    backup_object(id));
    }
  }

  bool all_saw(const Mark& mark) const {
    return std::ranges::all_of(others_.sessions, [&mark](const auto& session) { return session.second.seen.contains(mark.object); });
  }

  // Returns whether all packs that may be needed are known: those of every backup, and those of each mark that another
  // collector may be sweeping.
  bool knows_all() {
    const Marks marks = read_marks(*place_, session_.doubts());
    for (const std::vector<Mark>* some : {&session_.seen(), &marks.marks}) {
      for (const Mark& mark : *some) marked_.insert(mark.packs.begin(), mark.packs.end());
    }
    const bool blocked = marks.doubtful && other_sessions(*place_, session_.doubts(), session_.id()).collecting();
    if (blocked) context_.warn("no pack is removed, because another collector may have read a mark that does not open");
    tell_unread();
    return !blocked && unread_.empty();
  }

  // G5 and G6. Sweeps only marks that existed before sessions and backups were listed. A session that did not see such
  // a mark is in others_, or has ended, and then its backup counts as live.
  void sweep() {
    const bool may_remove = knows_all();
    packs_ = list_packs(storage());
    find_missed();
    std::vector<Mark> due, spent;
    for (const Mark& mark : session_.seen()) {
      const bool is_spent = std::ranges::none_of(mark.packs, [this](const Hash& pack) { return packs_.contains(pack); });
      if (is_spent) {
        spent.push_back(mark);
      } else if (may_remove && now_ - mark.modified >= options_.grace && all_saw(mark)) {
        due.push_back(mark);
      } else {
        ++report_.waiting;
      }
    }
    const std::set<Hash> stay = options_.dry_run ? std::set<Hash>() : copy_out(due);
    if (!session_.require_alive()) {
      report_.waiting += due.size();
      return;
    }
    for (const Mark& mark : due) {
      for (const Hash& pack : mark.packs) {
        if (!stay.contains(pack)) remove_pack(pack);
      }
    }
    if (!options_.dry_run) merge_marks(*place_, spent, context_);
  }

  // Returns whether a pack exists, is not marked, and has the size that the index names.
  bool is_home(const ChunkIndex::PackEntry& pack) const {
    const auto found = packs_.find(pack.sha256);
    return found != packs_.end() && found->second.size == pack.bytes && !marked_.contains(pack.sha256);
  }

  // Returns the packs that must stay. Removes packs that nobody needs before it copies chunks of the others: on a full
  // storage that makes room.
  std::set<Hash> copy_out(const std::vector<Mark>& due) {
    Repacker repacker(
        place_, *live_, [this](const ChunkIndex::PackEntry& pack) { return is_home(pack); }, context_);
    if (!session_.require_alive()) unsure_ = true;
    std::set<Hash> needed;
    for (const Mark& mark : due) {
      for (const Hash& pack : mark.packs) repacker.is_needed(pack) ? void(needed.insert(pack)) : void(remove_pack(pack));
    }
    try {
      for (const Hash& pack : needed) {
        session_.beat();
        if (packs_.contains(pack)) repacker.move_out_of(pack);
      }
      report_.copied_chunks = repacker.finish();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::no_space || report_.removed_packs == 0)
        throw;  // otherwise the freed space makes room for the next run
      context_.warn("packs that are needed in part stay, because there is no space to copy that part: " + error.message());
      return needed;
    }
    return repacker.unreadable();
  }

  void remove_pack(const Hash& pack) {
    context_.check();
    // After a day of sleep this process may no longer know which packs others need.
    if (session_.beat() && !session_.require_alive()) unsure_ = true;
    if (unsure_) return;
    const auto found = packs_.find(pack);
    if (found == packs_.end()) return;
    if (!options_.dry_run && note_lock(remove_unless_locked(storage(), found->second.name), found->second.size)) return;
    ++report_.removed_packs;
    report_.removed_bytes += found->second.size;
    packs_.erase(found);
  }

  // Does not mark locked packs: they cannot be removed, and until then backups can use them.
  void leave_locked(std::vector<Hash>& packs) {
    if (!locks_objects(storage())) return;
    std::vector<std::string> objects;
    for (const Hash& pack : packs) objects.push_back(packs_.at(pack).name);
    const auto locks = find_locks(storage(), objects, context_, [this] { session_.beat(); });
    std::size_t number = 0;
    std::erase_if(packs, [&](const Hash& pack) { return note_lock(locks[number++], packs_.at(pack).size); });
  }

  // Counts an object lock. Returns whether there is one.
  bool note_lock(const std::optional<TimePoint>& until, std::uint64_t bytes = 0) {
    if (!until) return false;
    ++locked_.objects;
    locked_.bytes += bytes;
    locked_.until = std::max(locked_.until, *until);
    return true;
  }

  void tell_locked() const {
    if (locked_.objects == 0) return;
    const std::string until = locked_.until == kLockedForGood ? "a legal hold is lifted" : format_time(locked_.until);
    context_.emit({.kind = EventKind::log,
                   .message = std::to_string(locked_.objects) + " objects, " + std::to_string(locked_.bytes) +
                              " bytes of packs, are locked and stay, the longest until " + until,
                   .fields = {{"locked_objects", std::to_string(locked_.objects)},
                              {"locked_bytes", std::to_string(locked_.bytes)},
                              {"locked_until", until}}});
  }

  // G8. Leaves packs of open sessions alone: a backup will soon refer to most of them.
  void mark() {
    if (!unread_.empty()) return;
    const ChunkIndex& index = live_->index();
    std::vector<std::uint32_t> needed(index.packs().size());
    live_->each([&](ChunkIndex::Range range) {
      for (std::uint32_t record = range.first; record < range.last; ++record) {
        const std::uint32_t pack = index.pack_of(record);
        if (!is_home(index.packs()[pack])) continue;
        ++needed[pack];
        return;
      }
    });
    std::set<Hash> kept;
    for (std::size_t pack = 0; pack < needed.size(); ++pack) {
      if (needed[pack] * 2 >= index.packs()[pack].chunks) kept.insert(index.packs()[pack].sha256);
    }
    TimePoint before = now_ - options_.grace;
    for (const auto& [id, session] : others_.sessions) before = std::min(before, session.oldest);
    std::vector<Hash> unneeded;
    for (const auto& [pack, object] : packs_) {
      if (kept.contains(pack) || marked_.contains(pack) || object.modified > before) continue;
      unneeded.push_back(pack);
    }
    leave_locked(unneeded);
    if (!options_.dry_run && !unneeded.empty()) put_mark_that_fits(unneeded);
    for (const Hash& pack : unneeded) report_.marked_bytes += packs_.at(pack).size;
    report_.marked_packs = unneeded.size();
  }

  // On a full storage, puts a mark of fewer packs: removing these makes room for the others' mark.
  void put_mark_that_fits(std::vector<Hash>& packs) {
    constexpr std::size_t kFew = 1024;
    for (;;) {
      try {
        return put_mark(*place_, packs, context_);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::no_space || packs.size() <= kFew) throw;
        packs.resize(packs.size() / 2);
      }
    }
  }

  std::shared_ptr<const PackedPlace> place_;
  std::shared_ptr<const IndexCache> index_;
  const GarbageOptions& options_;
  Context& context_;
  LiveSession session_;
  const TimePoint now_;   // by the storage's clock
  OtherSessions others_;  // except those in fenced_
  std::map<std::string, OtherSession> fenced_;
  bool unsure_ = false;                     // whether this session may have been considered dead
  std::map<BackupId, std::string> unread_;  // unreadable backups, and why
  std::map<Hash, ObjectInfo> packs_;
  std::set<Hash> marked_, missed_;
  std::optional<LiveChunks> live_;
  GarbageReport report_;
  struct {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    TimePoint until{};
  } locked_;
};

}  // namespace

GarbageReport collect_packed(std::shared_ptr<const PackedPlace> place, std::shared_ptr<const IndexCache> index,
                             const GarbageOptions& options, Context& context) {
  return Collector(std::move(place), std::move(index), options, context).run();
}

}  // namespace holdfast
