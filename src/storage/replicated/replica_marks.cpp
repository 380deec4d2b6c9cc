#include <algorithm>
#include <utility>

#include "base/parallel.hpp"
#include "storage/replicated/replica_names.hpp"

// Marks and traces: which storages lack something, and which were repaired.
namespace holdfast {

using namespace replica;
using State = ReplicaStatus::State;

/// Evaluates marks. An acknowledged mark is on a majority of the members. A mark seen on too few members for that was
/// never completed, or remains on a storage that missed its removal.
void ReplicaSet::apply_marks(const std::vector<std::set<std::string>>& marks, std::size_t asked) {
  std::map<std::string, std::size_t> seen;
  for (const auto& names : marks) {
    std::set<std::string> ids;
    for (const std::string& name : names)
      if (name.starts_with(kMarkPrefix)) ids.insert(marked_id(name));
    for (const std::string& id : ids) ++seen[id];
  }
  const std::size_t unasked = members() - std::min(members(), asked);
  const std::size_t enough = majority() > unasked ? majority() - unasked : 1;
  const std::lock_guard lock(mutex_);
  for (Copy& copy : copies_) {
    const auto found = seen.find(copy.id);
    if (copy.state != State::in_sync || found == seen.end() || found->second < enough) continue;
    copy.state = State::behind;
    copy.why = "it missed what was stored or removed while it could not be reached: run `holdfast repair` with the same -r";
  }
}

std::string ReplicaSet::own_mark(const std::string& id) const { return kMarkPrefix + id + "-" + writer_; }

void ReplicaSet::mark_others(const std::vector<Index>& holders) {
  std::set<std::string> others = members_;
  for (const Index holder : holders) others.erase(copies_[holder].id);
  for (const std::string& id : others) {
    const std::string object = own_mark(id);
    std::size_t marked = 0;
    for (const Index holder : holders) {
      try {
        Storage& storage = *copies_[holder].storage;
        if (!storage.stat(object)) storage.put_new(object, as_bytes(kMissed));
        ++marked;
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        exclude(holder, error);
      }
    }
    if (marked < quorum_) throw too_few("can't mark a storage as behind", marked);
  }
}

std::vector<std::set<std::string>> ReplicaSet::ask(const std::vector<Index>& copies) {
  std::vector<std::set<std::string>> found(copies.size());
  std::vector<char> answered(copies.size(), 0);
  const auto one = [&](std::size_t at) {
    try {
      copies_[copies[at]].storage->list(kReplicaFolder, [&](const ObjectInfo& info) {
        if (is_mark_or_trace(info.name)) found[at].insert(info.name);
        return true;
      });
      answered[at] = 1;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      exclude(copies[at], error);
    }
  };
  if (!copies.empty()) parallel_for(copies.size(), static_cast<unsigned>(copies.size()), one);
  std::vector<std::set<std::string>> result;
  for (std::size_t at = 0; at < copies.size(); ++at)
    if (answered[at] != 0) result.push_back(std::move(found[at]));
  return result;
}

bool ReplicaSet::has_news(const std::vector<std::set<std::string>>& found) const {
  const std::lock_guard lock(mutex_);
  const auto in_sync = [this](const std::string& id) {
    return std::ranges::any_of(copies_, [&](const Copy& copy) { return copy.id == id && copy.state == State::in_sync; });
  };
  for (const auto& names : found)
    for (const std::string& name : names)
      if (name.starts_with(kTracePrefix) ? !traces_.contains(name) : in_sync(marked_id(name))) return true;
  return false;
}

void ReplicaSet::learn_traces(const std::vector<std::set<std::string>>& found) {
  const std::lock_guard lock(mutex_);
  const std::size_t before = traces_.size();
  for (const auto& names : found)
    for (const std::string& name : names)
      if (name.starts_with(kTracePrefix)) traces_.insert(name);
  if (traces_.size() != before) ++repairs_seen_;
}

std::uint64_t ReplicaSet::repairs_seen() const {
  const std::lock_guard lock(mutex_);
  return repairs_seen_;
}

void ReplicaSet::refresh() {
  // A majority knows every acknowledged mark, so any `readers()` members know it. Ask all only if those have news.
  std::vector<Index> first = usable();
  if (first.size() >= readers()) {
    first.resize(readers());
    const auto found = ask(first);
    if (found.size() == first.size() && !has_news(found)) return;
  }
  const auto found = ask(reachable());
  if (found.size() < readers()) throw too_few("can't tell what is stored", found.size());
  learn_traces(found);
  apply_marks(found, found.size());
}

std::string ReplicaSet::mark(const std::string& id, TimePoint since) {
  const std::string object = kMarkPrefix + id + "-" + random_hex(8);
  put_everywhere(object, format_time_micros(since), majority());
  return object;
}

std::optional<TimePoint> ReplicaSet::marked_since(const std::set<std::string>& marks) const {
  std::optional<TimePoint> first;
  for (const std::string& mark : marks)
    for (const Index index : reachable()) {
      const auto info = copies_[index].storage->stat(mark);
      if (!info) continue;
      const std::string content = read_small(*copies_[index].storage, mark);
      const TimePoint since = content == kMissed ? info->modified : parse_time(content);
      first = std::min(first.value_or(since), since);
    }
  return first;
}

std::set<std::string> ReplicaSet::marks_of(const std::string& id) const {
  std::set<std::string> names;
  for (const Index index : reachable())
    copies_[index].storage->list(kMarkPrefix + id, [&names](const ObjectInfo& info) {
      names.insert(info.name);
      return true;
    });
  return names;
}

void ReplicaSet::remove_marks(const std::set<std::string>& names) {
  for (const std::string& name : names)
    for (const Index index : reachable()) {
      try {
        copies_[index].storage->remove(name);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) throw;
      }
    }
}

void ReplicaSet::note_repair(const std::string& id) {
  std::set<std::string> old;
  for (const Index index : reachable())
    copies_[index].storage->list(kTracePrefix + id, [&old](const ObjectInfo& info) { return old.insert(info.name).second || true; });
  put_everywhere(kTracePrefix + id + "-" + random_hex(8), "", majority());
  remove_marks(old);
}

void ReplicaSet::teach(Index index) {
  const Copy& copy = copies_[index];
  for (const std::string& member : members_) copy.storage->put_new(kMemberPrefix + member, as_bytes(member_uri(member)));
  for (const std::string& member : members_)
    for (const std::string& name : marks_of(member)) copy.storage->put_new(name, as_bytes(kMissed));
}

}  // namespace holdfast
