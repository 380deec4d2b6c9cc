// Removes backups, and collects what dead writers left. docs/format.md describes the steps R1-R4 and C1-C5 and why
// their order is safe.

#include <algorithm>
#include <atomic>
#include <map>

#include "base/hex.hpp"
#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "holdfast/locks.hpp"
#include "repository/heartbeat.hpp"
#include "repository/locks.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"
#include "repository/plain/objects.hpp"
#include "repository/plain/plain_layout.hpp"
#include "repository/plain/proofs.hpp"
#include "storage/locks.hpp"

namespace holdfast {

namespace {

struct Removed {
  std::uint64_t objects = 0;
  bool all = true;  // false: some are locked and stay
};

Removed remove_objects(const PlainPlace& place, const std::vector<ObjectInfo>& objects, const Context& context) {
  std::atomic<std::uint64_t> locked{0};
  parallel_for(objects.size(), context.jobs(), [&](std::size_t index) {
    context.check();
    if (remove_unless_locked(place.storage(), objects[index].name)) ++locked;
  });
  return {objects.size() - locked, locked == 0};
}

// R3 and R4, C5: removes a backup's objects, its proofs, and after all else those session records that existed before.
// A later record belongs to a writer that woke up, and accounts for its objects. If an object is locked, the records
// stay: they tell that there is something to collect.
std::uint64_t remove_all_of(const PlainPlace& place, const BackupId& id, const std::vector<ObjectInfo>& records, const Context& context) {
  const Removed own = remove_objects(place, backup_objects(place, id), context);
  const Removed proofs = remove_objects(place, list_objects(place.storage(), proof_prefix(id)), context);
  if (own.all && proofs.all) release_session(place, records);
  return own.objects + proofs.objects;
}

// Ages are differences between the storage's own times, because the clocks of the writing machines may disagree.
TimePoint storage_now(const PlainPlace& place, const Context& context) {
  const std::string object = session_object(place, "clock-" + to_hex(context.random_bytes(8)));
  put_session(place, object, "", "clock", context);
  const auto info = place.storage().stat(object);
  remove_if_there(place.storage(), object);
  if (!info) throw Error(ErrorCode::conflict, object + ": was removed by somebody else while it was needed", true);
  return info->modified;
}

TimePoint newest(const std::vector<ObjectInfo>& objects) {
  TimePoint time{};
  for (const ObjectInfo& object : objects) time = std::max(time, object.modified);
  return time;
}

// `seen` is the time of the newest record when all were listed. A newer record now belongs to a remover, or to a writer
// that woke up: it cleans up itself, or if it dies, a later run does.
std::uint64_t collect_one(const PlainPlace& place, Doubts& doubts, const BackupId& id, TimePoint seen, TimePoint now) {
  if (now - newest(backup_objects(place, id)) <= kDead) return 0;
  const bool committed = has_manifest(place, id);
  if (!committed) {
    const std::vector<ObjectInfo> before = session_records(place, doubts, id);
    const bool fenced = std::ranges::any_of(before, [](const ObjectInfo& record) { return is_fence(record.name); });
    if (!fenced) put_session_part(place, id, "collect", "collect", doubts.context());
    if (has_manifest(place, id)) return 0;  // its writer woke up: it commits, or sees the fence and removes it
  }
  const std::vector<ObjectInfo> records = session_records(place, doubts, id);
  const auto is_later = [seen](const ObjectInfo& record) { return !is_fence(record.name) && record.modified > seen; };
  if (std::ranges::any_of(records, is_later)) return 0;
  if (!committed) return remove_all_of(place, id, records, doubts.context());
  release_session(place, records);
  return 0;
}

// Returns the time of the newest record that opens, by id.
std::map<BackupId, TimePoint> newest_records(const PlainPlace& place, Doubts& doubts, const std::vector<ObjectInfo>& objects) {
  std::map<BackupId, TimePoint> sessions;
  for (const ObjectInfo& object : objects) {
    const BackupId id = id_in(std::string_view(object.name).substr(kSessions.size()));
    if (id.empty() || doubts.open(object.name, [&] { check_session(place, object.name); }) != Opened::yes) continue;
    sessions[id] = std::max(sessions[id], object.modified);
  }
  return sessions;
}

}  // namespace

void PlainLayout::remove(const BackupId& id, Context& context) {
  const bool possible = is_backup_id(id);
  const bool committed = possible && has_manifest(*place_, id);
  Doubts doubts(context);
  if (!committed && possible && !session_records(*place_, doubts, id).empty()) {
    throw Error(ErrorCode::conflict,
                "backup " + id + " is being written or removed by somebody else; if they died, expire collects it after 24 h");
  }
  if (!committed && (!possible || backup_objects(*place_, id).empty())) {
    throw Error(ErrorCode::not_found, "there is no backup " + id + " in " + place_->info().uri);
  }
  // Checks before the first removal: a backup exists whole or not at all.
  if (const auto until = removable_from(id, context))
    throw Error(ErrorCode::permission_denied, "backup " + id + " can't be removed: " + lock_text(*until));
  // A record of its own, because other processes remove theirs when they finish.
  const std::string record = session_object(*place_, id, "remove-" + to_hex(context.random_bytes(8)));
  if (put_session(*place_, record, id, "remove", context) != PutResult::created)
    throw Error(ErrorCode::conflict, record + ": exists already", true);
  remove_if_there(place_->storage(), folder_manifest(*place_, id));
  remove_if_there(place_->storage(), stream_manifest(*place_, id));
  remove_all_of(*place_, id, session_records(*place_, doubts, id), context);
}

std::optional<TimePoint> PlainLayout::removable_from(const BackupId& id, Context& context) const {
  if (!locks_objects(place_->storage())) return std::nullopt;
  std::vector<std::string> objects;
  for (ObjectInfo& object : backup_objects(*place_, id)) objects.push_back(std::move(object.name));
  const auto locks = find_locks(place_->storage(), objects, context, [] {});
  return locks.empty() ? std::nullopt : *std::ranges::max_element(locks);
}

void PlainLayout::undo_remove(const BackupId& id, Context&) {
  throw Error(ErrorCode::unsupported,
              "backup " + id + " can't be brought back: " + place_->info().uri + " is plain, where removing is final");
}

GarbageReport PlainLayout::collect_garbage(const GarbageOptions& options, Context& context) {
  return {.leftovers = options.dry_run ? 0 : collect_leftovers(context)};
}

std::uint64_t PlainLayout::collect_leftovers(Context& context) {
  Doubts doubts(context);
  const std::vector<ObjectInfo> records = list_objects(place_->storage(), kSessions);
  const std::map<BackupId, TimePoint> sessions = newest_records(*place_, doubts, records);
  std::vector<ObjectInfo> clocks;
  for (const ObjectInfo& record : records) {
    if (std::string_view(record.name).substr(kSessions.size()).starts_with("clock-")) clocks.push_back(record);
  }
  if (sessions.empty() && clocks.empty()) return 0;
  const TimePoint now = storage_now(*place_, context);
  std::erase_if(clocks, [now](const ObjectInfo& clock) { return now - clock.modified <= kDead; });
  std::uint64_t removed = remove_objects(*place_, clocks, context).objects;
  for (const auto& [id, seen] : sessions) {
    context.check();
    if (now - seen > kDead) removed += collect_one(*place_, doubts, id, seen, now);
  }
  return removed;
}

}  // namespace holdfast
