#include "storage/replicated/replica_set.hpp"

#include <algorithm>
#include <utility>

#include "storage/ability_witness.hpp"
#include "storage/replicated/replica_names.hpp"

namespace holdfast {

using namespace replica;
using State = ReplicaStatus::State;

namespace {

bool holds_objects(Storage& storage) {
  bool found = false;
  storage.list("", [&found](const ObjectInfo& info) {
    found = !info.name.starts_with(kReplicaFolder);
    return !found;
  });
  return found;
}

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorCode::invalid_argument, why); }

}  // namespace

std::string_view to_string(ReplicaStatus::State state) noexcept {
  switch (state) {
    case State::in_sync: return "in sync";
    case State::behind: return "behind";
    case State::unreachable: return "unreachable";
    case State::missing: return "missing";
    case State::unknown: return "not a copy yet";
  }
  return "unknown";
}

void check_replicated_name(std::string_view name) {
  check_object_name(name);
  if (name.starts_with(kReplicaFolder) || name == kReplicaFolder.substr(0, kReplicaFolder.size() - 1))
    refuse("'" + std::string(name) + "' can't name an object: the folder .replicas belongs to the set of copies");
}

ReplicaSet::ReplicaSet(std::vector<Replica> replicas, unsigned quorum, ReplicaUse use) : writer_(random_hex(8)) {
  if (replicas.empty()) refuse("a replicated storage needs storages");
  for (Replica& replica : replicas) {
    Copy copy{.uri = replica.uri, .storage = std::move(replica.storage), .id = {}, .why = std::move(replica.why)};
    if (!copy.storage) copy.state = State::unreachable;
    copies_.push_back(std::move(copy));
  }
  scan_all(use);
  settle_quorum(quorum);
}

/// Returns null if it can't be reached; then the copy holds the reason.
std::optional<ReplicaSet::Scan> ReplicaSet::scan(Copy& copy) const {
  if (!copy.storage || copy.state == State::unreachable) return std::nullopt;
  try {
    return with_abilities_told(*copy.storage, [&copy] {
      Scan found;
      copy.storage->list(kReplicaFolder, [&found](const ObjectInfo& info) {
        if (info.name == kIdObject) found.id.emplace();
        if (info.name.starts_with(kMemberPrefix)) found.members.insert(info.name.substr(kMemberPrefix.size()));
        if (is_mark_or_trace(info.name)) found.marks.insert(info.name);
        return true;
      });
      if (found.id) found.id = read_small(*copy.storage, kIdObject);
      return found;
    });
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled || error.code() == ErrorCode::unsupported) throw;
    copy.state = State::unreachable;
    copy.why = error.message();
    copy.code = error.code();
    return std::nullopt;
  }
}

void ReplicaSet::scan_all(ReplicaUse use) {
  std::vector<std::set<std::string>> marks;
  for (Copy& copy : copies_) {
    const auto found = scan(copy);
    if (!found) continue;
    if (found->id) copy.id = *found->id;
    members_.insert(found->members.begin(), found->members.end());
    marks.push_back(found->marks);
  }
  check_distinct();
  if (members_.empty()) require_set(use);
  std::size_t asked = 0;
  for (Copy& copy : copies_) {
    if (copy.state == State::unreachable || !members_.contains(copy.id)) continue;
    copy.state = State::in_sync;
    ++asked;
  }
  if (asked < readers()) throw too_few("can't tell what is stored", asked);
  apply_marks(marks, asked);
  learn_traces(marks);
  for (Index index = 0; index < copies_.size(); ++index) {
    Copy& copy = copies_[index];
    if (copy.state != State::unknown) continue;
    copy.why = "it is not a copy of this repository yet: `holdfast repair` with the same -r makes it one";
    if (use == ReplicaUse::repair) join(index);
  }
  name_the_unreachable();
}

void ReplicaSet::check_distinct() const {
  for (auto a = copies_.begin(); a != copies_.end(); ++a)
    for (auto b = std::next(a); b != copies_.end(); ++b)
      if (!a->id.empty() && a->id == b->id)
        refuse(a->uri + " and " + b->uri + " are one storage, or one was copied together with its folder .replicas: name different ones");
}

/// Called if there is no set yet.
void ReplicaSet::require_set(ReplicaUse use) {
  std::vector<Index> full;
  for (Index index = 0; index < copies_.size(); ++index) {
    const Copy& copy = copies_[index];
    if (copy.state == State::unreachable)
      throw Error(copy.code, copy.uri + " can't be reached, and a new set of copies needs all of its storages: " + copy.why);
    if (holds_objects(*copy.storage)) full.push_back(index);
  }
  if (use == ReplicaUse::open) {
    if (!full.empty()) refuse("these storages are not copies of one another yet: `holdfast repair` with the same -r makes them copies");
    throw Error(ErrorCode::not_found, copies_.front().uri + " is not a repository: create it first");
  }
  if (full.size() > 1)
    refuse(copies_[full[0]].uri + " and " + copies_[full[1]].uri + " both hold objects: only empty storages can become copies");
  if (full.size() == 1 && use == ReplicaUse::create)
    refuse(copies_[full[0]].uri + " holds objects already; `holdfast repair` with the same -r adds copies to a repository");
  if (full.empty()) {
    form();
    return;
  }
  Copy& first = copies_[full[0]];
  require_id(first);
  first.storage->put_new(kMemberPrefix + first.id, as_bytes(first.storage->uri()));
  members_.insert(first.id);
}

void ReplicaSet::require_id(Copy& copy) const {
  const std::string mine = random_hex(kIdDigits / 2);
  copy.id = copy.storage->put_new(kIdObject, as_bytes(mine)) == PutResult::created ? mine : read_small(*copy.storage, kIdObject);
  if (copy.id.size() != kIdDigits) throw Error(ErrorCode::corrupt, copy.uri + ": its object " + kIdObject + " is damaged");
}

/// All are empty: gives each an id, then tells each about all.
void ReplicaSet::form() {
  for (Copy& copy : copies_) require_id(copy);
  check_distinct();
  for (Copy& copy : copies_) {
    for (const Copy& member : copies_) copy.storage->put_new(kMemberPrefix + member.id, as_bytes(member.storage->uri()));
    members_.insert(copy.id);
  }
}

/// An empty storage becomes a member that is behind. The mark comes first, so that it never counts as complete.
void ReplicaSet::join(Index index) {
  Copy& copy = copies_[index];
  if (holds_objects(*copy.storage)) refuse(copy.uri + " holds objects and is not a copy of this repository: use an empty place");
  require_id(copy);
  put_everywhere(own_mark(copy.id), kMissed, majority());
  put_everywhere(kMemberPrefix + copy.id, copy.storage->uri(), majority());
  for (const std::string& member : members_) copy.storage->put_new(kMemberPrefix + member, as_bytes(member_uri(member)));
  copy.storage->put_new(kMemberPrefix + copy.id, as_bytes(copy.storage->uri()));
  members_.insert(copy.id);
  copy.state = State::behind;
  copy.why = "it is new";
}

void ReplicaSet::settle_quorum(unsigned quorum) {
  const std::size_t least = majority();
  quorum_ = quorum == 0 ? static_cast<unsigned>(least) : quorum;
  if (quorum_ < least || quorum_ > members())
    refuse("a quorum of " + std::to_string(quorum) + " of " + std::to_string(members()) + " storages can't be: " + std::to_string(least) +
           " to " + std::to_string(members()) + " can; with fewer, two writers could both own one name");
}

/// Assigns ids to named members that can't be asked: by their stored address, else by elimination.
void ReplicaSet::name_the_unreachable() {
  std::set<std::string> left = members_;
  for (const Copy& copy : copies_) left.erase(copy.id);
  for (const bool by_address : {true, false})
    for (Copy& copy : copies_) {
      if (copy.state != State::unreachable || !copy.id.empty()) continue;
      const auto found =
          std::find_if(left.begin(), left.end(), [&](const std::string& id) { return !by_address || member_uri(id) == copy.uri; });
      if (found == left.end()) continue;
      copy.id = *found;
      left.erase(found);
    }
  for (const std::string& id : left) {
    Copy absent{.uri = member_uri(id), .storage = nullptr, .id = id, .why = "it belongs to the copies of this repository: name it too"};
    absent.state = State::missing;
    copies_.push_back(std::move(absent));
  }
}

std::string ReplicaSet::member_uri(const std::string& id) const {
  for (const Copy& copy : copies_) {
    if (copy.id == id && copy.storage) return copy.storage->uri();
  }
  for (const Copy& copy : copies_) {
    if (!copy.storage || copy.state == State::unreachable || copy.state == State::unknown) continue;
    try {
      return read_small(*copy.storage, kMemberPrefix + id);
    } catch (const Error&) {  // another one may know it
    }
  }
  return "member " + id;
}

std::size_t ReplicaSet::members() const { return std::max<std::size_t>(members_.size(), 1); }

std::string ReplicaSet::id(Index index) const { return copies_[index].id; }

std::vector<ReplicaSet::Index> ReplicaSet::usable() const {
  const std::lock_guard lock(mutex_);
  std::vector<Index> found;
  for (Index index = 0; index < copies_.size(); ++index)
    if (copies_[index].state == State::in_sync) found.push_back(index);
  return found;
}

std::vector<ReplicaSet::Index> ReplicaSet::reachable() const {
  const std::lock_guard lock(mutex_);
  std::vector<Index> found;
  for (Index index = 0; index < copies_.size(); ++index)
    if (copies_[index].state == State::in_sync || copies_[index].state == State::behind) found.push_back(index);
  return found;
}

std::vector<ReplicaStatus> ReplicaSet::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<ReplicaStatus> all;
  for (const Copy& copy : copies_) {
    const bool fine = copy.state == State::in_sync;
    all.push_back({copy.state, copy.id, copy.storage ? copy.storage->uri() : copy.uri, fine ? "" : copy.why});
  }
  return all;
}

void ReplicaSet::exclude(Index index, const Error& error) {
  const std::lock_guard lock(mutex_);
  Copy& copy = copies_[index];
  if (copy.state == State::unreachable) return;
  copy.state = State::unreachable;
  copy.why = error.message();
  copy.code = error.code();
}

void ReplicaSet::exclude_behind(Index index, const std::string& why) {
  const std::lock_guard lock(mutex_);
  Copy& copy = copies_[index];
  if (copy.state != State::in_sync) return;
  copy.state = State::behind;
  copy.why = why;
}

void ReplicaSet::admit(Index index) {
  const std::lock_guard lock(mutex_);
  copies_[index].state = State::in_sync;
  copies_[index].why.clear();
}

void ReplicaSet::put_everywhere(const std::string& object, std::string_view content, std::size_t at_least) {
  std::size_t put = 0;
  for (const Index index : reachable()) {
    try {
      copies_[index].storage->put_new(object, as_bytes(content));
      ++put;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      exclude(index, error);
    }
  }
  if (put < at_least) throw too_few("can't store " + object, put);
}

void ReplicaSet::forget(const std::string& id) {
  for (const Copy& copy : copies_)
    if (copy.id == id && copy.state != State::missing && copy.state != State::unreachable)
      refuse(copy.uri + " is to be forgotten, but can be reached: don't name it");
  if (!members_.contains(id)) refuse("no copy has the id " + id);
  std::set<std::string> names = marks_of(id);
  names.insert(kMemberPrefix + id);
  remove_marks(names);
  const std::lock_guard lock(mutex_);
  members_.erase(id);
  std::erase_if(copies_, [&](const Copy& copy) { return copy.id == id; });
  quorum_ = static_cast<unsigned>(std::clamp<std::size_t>(quorum_, majority(), members()));
}

Error ReplicaSet::too_few(std::string_view what, std::size_t did) const {
  const std::lock_guard lock(mutex_);
  std::string text = std::string(what) + ": only " + std::to_string(did) + " of " + std::to_string(members()) + " storages could";
  ErrorCode code = ErrorCode::network;
  for (const Copy& copy : copies_) {
    if (copy.state == State::in_sync || copy.state == State::unknown) continue;
    text += "; " + (copy.storage ? copy.storage->uri() : copy.uri) + " is " + std::string(to_string(copy.state)) + " (" + copy.why + ")";
    code = copy.code;
  }
  return {code, text};
}

}  // namespace holdfast
