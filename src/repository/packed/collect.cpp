#include "repository/packed/collect.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/locks.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/backups.hpp"
#include "repository/packed/index_cleaning.hpp"
#include "repository/packed/live_chunks.hpp"
#include "repository/packed/live_session.hpp"
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
        session_(place_, "collect_" + to_hex(context.random_bytes(8)), "collect", context),
        now_(session_.storage_begun()) {}

  GarbageReport run() {
    fence_the_dead();
    finish_removals();
    find_live();
    sweep();
    if (!options_.dry_run) tidy_index();
    mark();
    if (!options_.dry_run) {
      for (const auto& [id, session] : fenced_) {
        remove_session(*place_, id, session);
        report_.leftovers += session.objects.size();
      }
    }
    session_.end();
    tell_locked();
    return report_;
  }

 private:
  Storage& storage() const { return place_->storage(); }

  // G2. Who gave no sign for a day by the storage's own time may not commit any more; who is only slow gives one each hour.
  void fence_the_dead() {
    open_ = other_sessions(*place_, session_.id());
    for (auto session = open_.begin(); session != open_.end();) {
      const bool dead = session->second.fenced || now_ - session->second.newest > kDead;
      if (!dead) {
        ++session;
        continue;
      }
      if (!options_.dry_run) {
        if (!session->second.fenced) put_fence(*place_, session->first, context_);
        put_never(*place_, session->first, context_);
      }
      fenced_.insert(*session);
      session = open_.erase(session);
    }
  }

  // G3. Bringing back removes the removal and then looks for `.final`; here `.final` is put and then the removal looked for. What another
  // collector put is its own affair until it must be dead: two that act on one could see different things.
  void finish_removals() {
    std::vector<ObjectInfo> removals = list_objects(storage(), kRemoved);
    const std::vector<BackupId> ids = stored_backups(*place_);
    const std::set<BackupId> stored(ids.begin(), ids.end());
    for (const ObjectInfo& removal : removals) {
      BackupId id = removal.name.substr(kRemoved.size());
      const bool is_final = id.ends_with(kFinal);
      if (is_final) id.erase(id.size() - kFinal.size());
      if (!stored.contains(id) || now_ - removal.modified < (is_final ? kDead : options_.grace)) continue;
      if (!is_final && note_lock(lock_of(backup_object(id)))) continue;
      if (!is_final) ++report_.backups;
      if (!options_.dry_run && (is_final || put_final(*place_, id, context_))) settle(id);
    }
  }

  std::optional<TimePoint> lock_of(const std::string& object) {
    return find_locks(storage(), {object}, context_, [this] { session_.beat(); }).front();
  }

  // With `.final` in place: the backup goes if it is still removed, and `.final` stays as what says that it was.
  void settle(const BackupId& id) {
    if (!storage().stat(removal_object(id))) {
      remove_unless_locked(storage(), final_object(id));
      return;
    }
    session_.require_alive();
    if (note_lock(remove_unless_locked(storage(), backup_object(id)))) return;
    for (const ObjectInfo& proof : list_objects(storage(), proof_prefix(id))) remove_unless_locked(storage(), proof.name);
    put_final(*place_, id, context_);  // there already, unless this process slept for a day and another took it for dead
  }

  // G4. The index is loaded after the backups are listed: it names all they refer to.
  void find_live() {
    std::vector<BackupId> backups = stored_backups(*place_);
    while (const std::optional<BackupId> never = add_live(backups)) std::erase(backups, *never);
  }

  // All of them, or one that never was, for its writer was taken for dead before it put the record. What was added of that one would hide
  // what others lack: begin again without it.
  std::optional<BackupId> add_live(const std::vector<BackupId>& backups) {
    live_.emplace(index_->fresh());
    const auto chunks = std::make_shared<ChunkReader>(place_, index_);
    std::optional<BackupId> never;
    scan_backups(*place_, backups, chunks, context_, [&](const ScannedBackup& backup) {
      session_.beat();
      if (!never && !add_one(backup, chunks)) never = backup.id;
    });
    return never;
  }

  // False for one that can't be read and never was.
  bool add_one(const ScannedBackup& backup, const std::shared_ptr<ChunkReader>& chunks) {
    try {
      live_->add(backup, chunks, context_);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) return true;  // another collector's work
      if (error.code() != ErrorCode::corrupt) throw;
      if (never_was(*place_, backup.id)) return false;
      throw Error(ErrorCode::corrupt, "nothing was removed, because backup " + backup.id + " can't be read: " + error.message() +
                                          "; repair the index, bring back what it lacks from a copy, or remove that backup first");
    }
    return true;
  }

  // G7. On a full storage it can wait.
  void tidy_index() {
    try {
      if (clean_index(*place_, context_, [this] { session_.beat(); })) index_->forget();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::no_space) throw;
      context_.log("the index is tidied when there is space again: " + error.message());
    }
  }

  bool all_saw(const Mark& mark) const {
    return std::all_of(open_.begin(), open_.end(), [&mark](const auto& session) { return session.second.seen.contains(mark.object); });
  }

  // G5 and G6. Only marks that were there before the sessions and the backups were listed: a session that did not see one of them is in
  // open_, or ended before and its backup counts as live.
  void sweep() {
    for (const Mark& mark : read_marks(*place_)) marked_.insert(mark.packs.begin(), mark.packs.end());
    packs_ = list_packs(storage());
    std::vector<Mark> due;
    for (const Mark& mark : session_.seen()) {
      if (now_ - mark.modified >= options_.grace && all_saw(mark)) {
        due.push_back(mark);
      } else {
        ++report_.waiting;
      }
    }
    const std::set<Hash> stay = options_.dry_run ? std::set<Hash>() : copy_out(due);
    session_.require_alive();
    for (const Mark& mark : due) {
      const bool all = std::none_of(mark.packs.begin(), mark.packs.end(), [&stay](const Hash& pack) { return stay.contains(pack); });
      bool gone = all;
      for (const Hash& pack : mark.packs) gone = !stay.contains(pack) && remove_pack(pack) && gone;
      if (gone && !options_.dry_run) remove_unless_locked(storage(), mark.object);
    }
  }

  // The packs that must stay. What nobody needs goes before the rest is copied: on a full storage that makes room.
  std::set<Hash> copy_out(const std::vector<Mark>& due) {
    Repacker repacker(
        place_, *live_, [this](const Hash& pack) { return packs_.contains(pack) && !marked_.contains(pack); }, context_);
    session_.require_alive();
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
      if (error.code() != ErrorCode::no_space || report_.removed_packs == 0) throw;  // else what was freed makes room for the next run
      context_.warn("packs of which a part is needed stay, for there is no space to copy that: " + error.message());
      return needed;
    }
    return repacker.unreadable();
  }

  // Whether it is gone.
  bool remove_pack(const Hash& pack) {
    context_.check();
    session_.beat();
    const auto found = packs_.find(pack);
    if (found == packs_.end()) return true;
    if (!options_.dry_run && note_lock(remove_unless_locked(storage(), found->second.name), found->second.size)) return false;
    ++report_.removed_packs;
    report_.removed_bytes += found->second.size;
    packs_.erase(found);
    return true;
  }

  // A locked pack is not marked: it can't go, and until it may, backups can make use of it.
  void leave_locked(std::vector<Hash>& packs) {
    if (!locks_objects(storage())) return;
    std::vector<std::string> objects;
    for (const Hash& pack : packs) objects.push_back(packs_.at(pack).name);
    const auto locks = find_locks(storage(), objects, context_, [this] { session_.beat(); });
    std::size_t number = 0;
    std::erase_if(packs, [&](const Hash& pack) { return note_lock(locks[number++], packs_.at(pack).size); });
  }

  // Whether there is a lock.
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

  // G8. Packs of sessions that are still open are left alone: most will be referred to soon.
  void mark() {
    const ChunkIndex& index = live_->index();
    std::vector<std::uint32_t> needed(index.packs().size());
    live_->each([&](ChunkIndex::Range range) {
      for (std::uint32_t record = range.first; record < range.last; ++record) {
        const std::uint32_t pack = index.pack_of(record);
        if (marked_.contains(index.packs()[pack].sha256)) continue;
        ++needed[pack];
        return;
      }
    });
    std::set<Hash> kept;
    for (std::size_t pack = 0; pack < needed.size(); ++pack) {
      if (needed[pack] * 2 >= index.packs()[pack].chunks) kept.insert(index.packs()[pack].sha256);
    }
    TimePoint before = now_ - options_.grace;
    for (const auto& [id, session] : open_) before = std::min(before, session.oldest);
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

  // On a full storage a mark of fewer packs makes room for the others'.
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
  const TimePoint now_;  // by the storage's clock
  std::map<std::string, OtherSession> open_, fenced_;
  std::map<Hash, ObjectInfo> packs_;
  std::set<Hash> marked_;
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
