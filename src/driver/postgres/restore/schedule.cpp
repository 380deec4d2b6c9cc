#include "driver/postgres/restore/schedule.hpp"

#include <algorithm>

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

namespace {

bool shares_one(const std::set<int>& a, const std::set<int>& b) {
  return std::ranges::any_of(a, [&](int id) { return b.contains(id); });
}

}  // namespace

Schedule::Schedule(const Entries& entries, const std::vector<const TocEntry*>& todo,
                   const std::function<std::uint64_t(const TocEntry&)>& weigh) {
  std::map<int, std::size_t> by_id;
  for (const TocEntry* entry : todo) {
    by_id[entry->dump_id] = places_[entry] = items_.size();
    items_.push_back({.entry = entry, .locks = view(entry->desc) != "INDEX", .weight = weigh(*entry)});
  }
  for (std::size_t at = 0; at < items_.size(); ++at) {
    Item& item = items_[at];
    for (const int id : std::set<int>(item.entry->dependencies.begin(), item.entry->dependencies.end())) {
      if (const TocEntry* other = entries.find(id); other != nullptr && view(other->desc) == "TABLE") item.tables.insert(id);
      const auto needed = by_id.find(id);
      if (needed == by_id.end() || needed->second == at) continue;
      items_[needed->second].then.push_back(at);
      ++item.waits_for;
    }
  }
  for (std::size_t at = 0; at < items_.size(); ++at) {
    if (items_[at].waits_for == 0) {
      ready_.insert(rank(at));
    } else {
      waiting_.insert(at);
    }
  }
}

bool Schedule::in_the_way(const Item& item) const {
  return std::ranges::any_of(running_, [&](std::size_t at) {
    const Item& other = items_[at];
    return (item.locks || other.locks) && shares_one(item.tables, other.tables);
  });
}

const TocEntry* Schedule::start(std::size_t at) {
  running_.insert(at);
  return items_[at].entry;
}

const TocEntry* Schedule::take(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto next = std::ranges::find_if(ready_, [&](const Rank& rank) { return !in_the_way(items_[rank.second]); });
    if (next != ready_.end()) {
      const std::size_t at = next->second;
      ready_.erase(next);
      return start(at);
    }
    if (running_.empty()) {
      if (waiting_.empty()) return nullptr;
      // These entries wait for one another. The archive's order is probably right.
      return start(waiting_.extract(waiting_.begin()).value());
    }
    changed_.wait(lock, stop, [&, before = finished_] { return finished_ != before; });
  }
  return nullptr;
}

void Schedule::done(const TocEntry& entry) {
  const std::lock_guard lock(mutex_);
  const std::size_t at = places_.at(&entry);
  running_.erase(at);
  ++finished_;
  for (const std::size_t next : items_[at].then) {
    if (--items_[next].waits_for == 0 && waiting_.erase(next) != 0) ready_.insert(rank(next));
  }
  changed_.notify_all();
}

}  // namespace holdfast::postgres
