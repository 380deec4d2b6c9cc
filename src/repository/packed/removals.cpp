#include "repository/packed/removals.hpp"

#include <algorithm>
#include <ranges>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/parallel.hpp"
#include "holdfast/error.hpp"
#include "repository/locks.hpp"
#include "repository/names.hpp"
#include "repository/packed/backups.hpp"
#include "repository/packed/cbor.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kRemovalLimit = 64U << 10;
constexpr std::chrono::hours kTakeBackTime{1};  // far less than the day after which collectors finish each other's work
constexpr std::string_view kFinal = ".final", kBack = ".back-";

enum class RemovalPart { removal, final, back, none };

// Returns the meaning of the part after the id in a name under "removed/".
RemovalPart removal_part(std::string_view tail) {
  const auto is_end = [](std::string_view end, char first) { return end.empty() || (end.front() == first && is_hex16(end.substr(1))); };
  if (tail.starts_with(kBack)) return is_hex16(tail.substr(kBack.size())) ? RemovalPart::back : RemovalPart::none;
  if (tail.starts_with(kFinal)) return is_end(tail.substr(kFinal.size()), '-') ? RemovalPart::final : RemovalPart::none;
  return is_end(tail, '.') ? RemovalPart::removal : RemovalPart::none;
}

std::string_view tail_of(const std::string& object) {
  return std::string_view(object).substr(std::min(object.size(), kRemoved.size() + kPackedIdSize));
}

std::set<Hash> named_removals(const CborMap& fields) {
  std::set<Hash> removals;
  for (CborList list = fields.at("removals").list(); list.left() > 0;) removals.insert(to_hash(list.next().bytes(32)));
  return removals;
}

// Adds one object about a removal to a backup's state, if it opens.
void add_to(RemovalState& state, const PackedPlace& place, const ObjectInfo& object) {
  const Bytes stored = get_object(place.storage(), object.name, kRemovalLimit);
  const Bytes content = place.unseal(ObjectClass::removal, object.name, stored);
  const CborMap fields(content, object.name);
  if (fields.at("id").text() != object.name.substr(kRemoved.size(), kPackedIdSize)) fields.fail("is of another backup");
  switch (removal_part(tail_of(object.name))) {
    case RemovalPart::removal:
      state.removals.push_back({.object = object, .sha256 = to_hash(sha256(stored)), .never = fields.has("never")});
      break;
    case RemovalPart::final:
      if (fields.has("removals")) {
        state.finals.push_back({.object = object, .removals = named_removals(fields)});
      } else {
        state.finals.push_back({.object = object, .removals = {}, .any = true});
      }
      break;
    case RemovalPart::back: state.taken_back.merge(named_removals(fields)); break;
    case RemovalPart::none: break;
  }
}

RemovalState read_state(const PackedPlace& place, Doubts& doubts, const std::vector<ObjectInfo>& objects) {
  RemovalState state;
  for (const ObjectInfo& object : objects) doubts.open(object.name, [&] { add_to(state, place, object); });
  std::erase_if(state.removals, [&](const RemovalState::Removal& removal) { return state.taken_back.contains(removal.sha256); });
  return state;
}

// The contents of a new removal record. If the backup's own record cannot be read, only id and time are known.
struct NewRemoval {
  BackupId id;
  TimePoint time{};
  Hash sha256{};
  std::vector<Previous> previous;
  bool never = false;
};

Bytes encode_removal(const NewRemoval& removal) {
  CborWriter out;
  out.map(removal.never ? 5 : 4).key("id").text(removal.id);
  if (removal.never) out.key("never").flag(true);
  encode_previous(removal.previous, out.key("previous"));
  out.key("sha256").bytes(removal.sha256).key("time").time(removal.time);
  return std::move(out).finish();
}

// Returns the content of a `.final` or, with a time, of a `.back`. It names all removals of this state.
Bytes encode_removals(const BackupId& id, const RemovalState& state, std::optional<TimePoint> time) {
  CborWriter out;
  out.map(time ? 3 : 2).key("id").text(id).key("removals").list(state.removals.size());
  for (const RemovalState::Removal& removal : state.removals) out.bytes(removal.sha256);
  if (time) out.key("time").time(*time);
  return std::move(out).finish();
}

bool put_sealed(const PackedPlace& place, const std::string& object, ByteView content, const Context& context) {
  const Bytes sealed = place.seal(ObjectClass::removal, object, content, *context.host.random);
  return put_object(place.storage(), object, sealed) == PutResult::created;
}

std::string random_name(const std::string& begin, const Context& context) { return begin + to_hex(context.random_bytes(8)); }

// Puts the record under the regular name; of two concurrent attempts, one gives way. If another object has that name
// and is no valid removal, uses a random name.
void put_standing(const PackedPlace& place, Doubts& doubts, const NewRemoval& removal) {
  const Context& context = doubts.context();
  const BackupId& id = removal.id;
  const Bytes content = encode_removal(removal);
  if (put_sealed(place, removal_object(id), content, context) || removal_state(place, doubts, id).is_removed()) return;
  const std::string other = random_name(removal_object(id) + ".", context);
  if (!put_sealed(place, other, content, context)) throw Error(ErrorCode::conflict, other + ": somebody else wrote it", true);
}

}  // namespace

std::string removal_object(const BackupId& id) { return std::string(kRemoved) + id; }
std::string final_object(const BackupId& id) { return removal_object(id) + std::string(kFinal); }

bool RemovalState::never_was() const { return std::ranges::any_of(removals, &Removal::never); }

bool RemovalState::is_final() const {
  const auto is_standing = [this](const Hash& removal) { return !taken_back.contains(removal); };
  return std::ranges::any_of(finals, [&](const Final& one) { return one.any || std::ranges::any_of(one.removals, is_standing); });
}

TimePoint RemovalState::since() const {
  TimePoint first = TimePoint::max();
  for (const Removal& removal : removals) first = std::min(first, removal.object.modified);
  return first;
}

Removals::Removals(const PackedPlace& place, Doubts& doubts, const BackupId& only) : place_(place), doubts_(doubts) {
  for (ObjectInfo& object : list_objects(place.storage(), std::string(kRemoved) + only)) {
    BackupId id = object.name.substr(kRemoved.size(), kPackedIdSize);
    const bool ours = is_packed_id(id) && removal_part(tail_of(object.name)) != RemovalPart::none;
    if (ours) named_[std::move(id)].push_back(std::move(object));
  }
}

std::vector<BackupId> Removals::ids() const {
  const auto keys = named_ | std::views::keys;
  return {keys.begin(), keys.end()};
}

std::vector<std::string> Removals::objects() const {
  std::vector<std::string> names;
  for (const auto& [id, objects] : named_) {
    for (const ObjectInfo& object : objects) names.push_back(object.name);
  }
  return names;
}

const RemovalState& Removals::of(const BackupId& id) {
  const auto [at, is_new] = states_.try_emplace(id);
  const auto named = named_.find(id);
  if (is_new && named != named_.end()) at->second = read_state(place_, doubts_, named->second);
  return at->second;
}

void Removals::read_all(const std::vector<BackupId>& ids) {
  std::vector<std::pair<const std::vector<ObjectInfo>*, RemovalState*>> todo;
  for (const BackupId& id : ids) {
    const auto named = named_.find(id);
    if (named == named_.end()) continue;
    if (const auto [at, is_new] = states_.try_emplace(id); is_new) todo.emplace_back(&named->second, &at->second);
  }
  parallel_for(todo.size(), doubts_.context().jobs(), [&](std::size_t number) {
    doubts_.context().check();
    *todo[number].second = read_state(place_, doubts_, *todo[number].first);
  });
}

RemovalState removal_state(const PackedPlace& place, Doubts& doubts, const BackupId& id) { return Removals(place, doubts, id).of(id); }

void check_removal(const PackedPlace& place, const std::string& object) {
  RemovalState state;
  add_to(state, place, {.name = object});
}

void put_removal(const PackedPlace& place, const BackupId& id, const Context& context) {
  Doubts doubts(context);
  if (!is_packed_id(id) || removal_state(place, doubts, id).is_removed()) no_such_backup(place, id);
  NewRemoval removal{.id = id, .time = context.now()};
  try {
    StoredRecord stored = read_record(place, id);
    removal.sha256 = stored.sha256;
    removal.previous = std::move(stored.record.previous);
  } catch (const Error& error) {
    if (!is_unreadable(error)) throw;  // a damaged backup must be removable, too
  }
  put_standing(place, doubts, removal);
}

void put_never(const PackedPlace& place, Doubts& doubts, const BackupId& id) {
  if (!is_packed_id(id) || is_taken(place.storage(), backup_object(id)) || removal_state(place, doubts, id).is_removed()) return;
  put_standing(place, doubts, {.id = id, .time = doubts.context().now(), .never = true});
}

std::optional<std::string> put_final(const PackedPlace& place, Doubts& doubts, const BackupId& id) {
  const RemovalState state = removal_state(place, doubts, id);
  if (state.is_final() || !state.is_removed()) return std::nullopt;
  const Bytes content = encode_removals(id, state, std::nullopt);
  const std::string object = final_object(id);
  if (put_sealed(place, object, content, doubts.context())) return object;
  if (removal_state(place, doubts, id).is_final()) return std::nullopt;
  const std::string other = random_name(object + "-", doubts.context());
  return put_sealed(place, other, content, doubts.context()) ? std::optional(other) : std::nullopt;
}

// The collector puts `.final` and then checks whether the removal is still valid. This function takes the removal back
// and then checks for a `.final`: one of the two notices the other. If the backup is removed, its `.final` stays.
// Otherwise only its author removes it before it is a day old, so it is sufficient not to sleep that long.
void take_back_removal(const PackedPlace& place, const BackupId& id, const Context& context) {
  const TimePoint begun = context.now();
  Doubts doubts(context);
  const RemovalState state = is_packed_id(id) ? removal_state(place, doubts, id) : RemovalState{};
  if (!state.is_on_record() || state.never_was()) {
    throw Error(ErrorCode::not_found, "backup " + id + " was not removed from " + place.info().uri);
  }
  if (!is_taken(place.storage(), backup_object(id)) || state.is_final()) {
    throw Error(ErrorCode::conflict, "backup " + id + " can't be brought back: it was collected, or is being collected");
  }
  const std::string object = random_name(removal_object(id) + std::string(kBack), context);
  const Bytes content = encode_removals(id, state, context.now());
  if (!put_sealed(place, object, content, context)) throw Error(ErrorCode::conflict, object + ": somebody else wrote it", true);
  for (const RemovalState::Removal& removal : state.removals) remove_unless_locked(place.storage(), removal.object.name);
  const std::vector<RemovalState::Final> finals = removal_state(place, doubts, id).finals;
  const auto carries_out = [&](const RemovalState::Final& one) {
    return std::ranges::any_of(state.removals, [&](const auto& removal) { return one.carries_out(removal.sha256); });
  };
  if (std::ranges::any_of(finals, carries_out) || context.now() - begun > kTakeBackTime) {
    throw Error(ErrorCode::conflict, "backup " + id + " may be being collected at this moment: list the backups to see whether it is back");
  }
}

}  // namespace holdfast
