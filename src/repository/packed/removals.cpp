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
constexpr std::chrono::hours kTakeBackTime{1};  // far less than a day, after which collectors finish each other's work
constexpr std::string_view kFinal = ".final", kBack = ".back-";

enum class RemovalPart { removal, final, back, none };

// What follows an id in a name under "removed/".
RemovalPart removal_part(std::string_view tail) {
  const auto is_end = [](std::string_view end, char first) { return end.empty() || (end.front() == first && is_hex16(end.substr(1))); };
  if (tail.starts_with(kBack)) return is_hex16(tail.substr(kBack.size())) ? RemovalPart::back : RemovalPart::none;
  if (tail.starts_with(kFinal)) return is_end(tail.substr(kFinal.size()), '-') ? RemovalPart::final : RemovalPart::none;
  return is_end(tail, '.') ? RemovalPart::removal : RemovalPart::none;
}

std::string_view tail_of(const std::string& object) {
  return std::string_view(object).substr(std::min(object.size(), kRemoved.size() + kPackedIdSize));
}

struct OpenedRemoval {
  nlohmann::json members;
  Hash sha256{};  // of the stored bytes
};

OpenedRemoval open_removal(const PackedPlace& place, const std::string& object) {
  const Bytes stored = get_object(place.storage(), object, kRemovalLimit);
  OpenedRemoval opened{.members = place.unseal(ObjectClass::removal, object, stored), .sha256 = to_hash(sha256(stored))};
  const Fields fields(opened.members, object);
  if (fields.text("id") != object.substr(kRemoved.size(), kPackedIdSize)) fields.fail("is of another backup");
  return opened;
}

std::set<Hash> named_removals(const nlohmann::json& members, const std::string& object) {
  const Fields fields(members, object);
  std::set<Hash> removals;
  for (const nlohmann::json& removal : fields.array("removals")) {
    if (!removal.is_binary() || removal.get_binary().size() != 32) fields.fail("names a removal in a way that can't be");
    removals.insert(to_hash(std::as_bytes(std::span(removal.get_binary()))));
  }
  return removals;
}

// One object of a backup that may be removed, as far as it opens.
void add_to(RemovalState& state, const PackedPlace& place, const ObjectInfo& object) {
  const OpenedRemoval opened = open_removal(place, object.name);
  switch (removal_part(tail_of(object.name))) {
    case RemovalPart::removal:
      state.removals.push_back({.object = object, .sha256 = opened.sha256, .never = Fields(opened.members, object.name).has("never")});
      break;
    case RemovalPart::final:
      if (Fields(opened.members, object.name).has("removals")) {
        state.finals.push_back({.object = object, .removals = named_removals(opened.members, object.name)});
      } else {
        state.finals.push_back({.object = object, .removals = {}, .any = true});
      }
      break;
    case RemovalPart::back: state.taken_back.merge(named_removals(opened.members, object.name)); break;
    case RemovalPart::none: break;
  }
}

RemovalState read_state(const PackedPlace& place, Doubts& doubts, const std::vector<ObjectInfo>& objects) {
  RemovalState state;
  for (const ObjectInfo& object : objects) doubts.open(object.name, [&] { add_to(state, place, object); });
  std::erase_if(state.removals, [&](const RemovalState::Removal& removal) { return state.taken_back.contains(removal.sha256); });
  return state;
}

nlohmann::json hashes_of(const RemovalState& state) {
  nlohmann::json hashes = nlohmann::json::array();
  for (const RemovalState::Removal& removal : state.removals) hashes.push_back(to_binary(removal.sha256));
  return hashes;
}

bool put_sealed(const PackedPlace& place, const std::string& object, const nlohmann::json& members, const Context& context) {
  const Bytes sealed = place.seal(ObjectClass::removal, object, members, *context.random);
  return put_object(place.storage(), object, sealed) == PutResult::created;
}

std::string random_name(const std::string& begin, const Context& context) { return begin + to_hex(context.random_bytes(8)); }

// Of a backup whose record is not known.
nlohmann::json unknown_removal(const BackupId& id, const Context& context) {
  return {{"id", id}, {"time", to_micros(context.now())}, {"sha256", to_binary(Hash{})}, {"previous", nlohmann::json::array()}};
}

// Under the name that everybody tries first, which makes one of two that do so at once give way; where that is not a removal that counts,
// under one that nobody else can have taken.
void put_standing(const PackedPlace& place, Doubts& doubts, const BackupId& id, const nlohmann::json& members) {
  const Context& context = doubts.context();
  if (put_sealed(place, removal_object(id), members, context) || removal_state(place, doubts, id).is_removed()) return;
  const std::string other = random_name(removal_object(id) + ".", context);
  if (!put_sealed(place, other, members, context)) throw Error(ErrorCode::conflict, other + ": somebody else wrote it", true);
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
  nlohmann::json members = unknown_removal(id, context);
  try {
    const StoredRecord stored = read_record(place, id);
    members["sha256"] = to_binary(stored.sha256);
    members["previous"] = encode_previous(stored.record.previous);
  } catch (const Error& error) {
    if (!is_unreadable(error)) throw;  // a damaged backup must be removable, too
  }
  put_standing(place, doubts, id, members);
}

void put_never(const PackedPlace& place, Doubts& doubts, const BackupId& id) {
  if (!is_packed_id(id) || is_taken(place.storage(), backup_object(id)) || removal_state(place, doubts, id).is_removed()) return;
  nlohmann::json members = unknown_removal(id, doubts.context());
  members["never"] = true;
  put_standing(place, doubts, id, members);
}

std::optional<std::string> put_final(const PackedPlace& place, Doubts& doubts, const BackupId& id) {
  const RemovalState state = removal_state(place, doubts, id);
  if (state.is_final() || !state.is_removed()) return std::nullopt;
  const nlohmann::json members{{"id", id}, {"removals", hashes_of(state)}};
  const std::string object = final_object(id);
  if (put_sealed(place, object, members, doubts.context())) return object;
  if (removal_state(place, doubts, id).is_final()) return std::nullopt;
  const std::string other = random_name(object + "-", doubts.context());
  return put_sealed(place, other, members, doubts.context()) ? std::optional(other) : std::nullopt;
}

// The collector puts `.final` and then looks whether the removal stands; here that is taken back first and then we look for a `.final`: one
// sees the other. Where a backup goes, its `.final` stays; where it does not, others than who put it take it away only when it is a day
// old, so it is enough not to sleep.
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
  const nlohmann::json members{{"id", id}, {"time", to_micros(context.now())}, {"removals", hashes_of(state)}};
  if (!put_sealed(place, object, members, context)) throw Error(ErrorCode::conflict, object + ": somebody else wrote it", true);
  for (const RemovalState::Removal& removal : state.removals) remove_unless_locked(place.storage(), removal.object.name);
  const std::vector<RemovalState::Final> finals = removal_state(place, doubts, id).finals;
  const auto carries_out = [&](const RemovalState::Final& one) {
    return std::ranges::any_of(state.removals, [&](const auto& removal) { return one.carries_out(removal.sha256); });
  };
  if (std::ranges::any_of(finals, carries_out) || context.now() - begun > kTakeBackTime) {
    throw Error(ErrorCode::conflict, "backup " + id + " may be just being collected: look at the list whether it came back");
  }
}

}  // namespace holdfast
