#include "driver/postgres/restore/schedule.hpp"

#include <algorithm>
#include <ranges>

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

namespace {

bool shares_one(const std::set<int>& a, const std::set<int>& b) {
  return std::ranges::any_of(a, [&](int id) { return b.contains(id); });
}

}  // namespace

std::vector<const TocEntry*> need_only_rows(const std::vector<const TocEntry*>& entries, const std::set<int>& loaded) {
  std::vector<const TocEntry*> found;
  std::set<int> known = loaded;
  for (const TocEntry* entry : entries) {
    const std::string_view kind = view(entry->desc);
    if (kind != "INDEX" && kind != "CONSTRAINT" && kind != "FK CONSTRAINT") continue;
    if (entry->dependencies.empty() || !std::ranges::all_of(entry->dependencies, [&](int id) { return known.contains(id); })) continue;
    found.push_back(entry);
    known.insert(entry->dump_id);
  }
  return found;
}

Schedule::Schedule(const Entries& entries, const std::vector<Load>& loads, const std::vector<const TocEntry*>& todo,
                   const std::function<std::uint64_t(const TocEntry&)>& weigh) {
  std::multimap<int, std::size_t> by_id;  // entries, and loads by their table
  for (const Load& load : loads) {
    places_[load.rows] = items_.size();
    if (load.table != 0) by_id.emplace(load.table, items_.size());
    items_.push_back({.work = {.rows = load.rows}, .weight = load.rows->entry->plain_bytes});
  }
  for (const TocEntry* entry : todo) {
    places_[entry] = items_.size();
    by_id.emplace(entry->dump_id, items_.size());
    items_.push_back({.work = {.entry = entry}, .locks = view(entry->desc) != "INDEX", .weight = weigh(*entry)});
  }
  for (std::size_t at = loads.size(); at < items_.size(); ++at) {
    Item& item = items_[at];
    for (const int id : std::set<int>(item.work.entry->dependencies.begin(), item.work.entry->dependencies.end())) {
      if (const TocEntry* other = entries.find(id); other != nullptr && view(other->desc) == "TABLE") item.tables.insert(id);
      for (auto [needed, end] = by_id.equal_range(id); needed != end; ++needed) {
        if (needed->second == at) continue;
        items_[needed->second].then.push_back(at);
        ++item.waits_for;
      }
    }
  }
  add_followers();
  for (std::size_t at = 0; at < items_.size(); ++at) {
    if (items_[at].waits_for == 0) {
      ready_.insert(rank(at));
    } else {
      waiting_.insert(at);
    }
  }
}

// Adds to each weight the heaviest chain of items that wait for it. Members of a circle, and what they wait for, count
// only as far as the chain is known.
void Schedule::add_followers() {
  std::vector<std::size_t> waits_for, order;
  for (std::size_t at = 0; at < items_.size(); ++at) {
    waits_for.push_back(items_[at].waits_for);
    if (waits_for.back() == 0) order.push_back(at);
  }
  for (std::size_t next = 0; next < order.size(); ++next) {
    for (const std::size_t follower : items_[order[next]].then) {
      if (--waits_for[follower] == 0) order.push_back(follower);
    }
  }
  for (const std::size_t at : std::views::reverse(order)) {
    std::uint64_t heaviest = 0;
    for (const std::size_t follower : items_[at].then) heaviest = std::max(heaviest, items_[follower].weight);
    items_[at].weight += heaviest;
  }
}

bool Schedule::in_the_way(const Item& item) const {
  return std::ranges::any_of(running_, [&](std::size_t at) {
    const Item& other = items_[at];
    return (item.locks || other.locks) && shares_one(item.tables, other.tables);
  });
}

Work Schedule::start(std::size_t at) {
  running_.insert(at);
  return items_[at].work;
}

std::optional<Work> Schedule::take(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto next = std::ranges::find_if(ready_, [&](const Rank& rank) { return !in_the_way(items_[rank.second]); });
    if (next != ready_.end()) {
      const std::size_t at = next->second;
      ready_.erase(next);
      return start(at);
    }
    if (running_.empty()) {
      if (waiting_.empty()) return std::nullopt;
      // These entries wait for one another. The archive's order is probably right.
      return start(waiting_.extract(waiting_.begin()).value());
    }
    changed_.wait(lock, stop, [&, before = finished_] { return finished_ != before; });
  }
  return std::nullopt;
}

std::size_t Schedule::finish(const Work& work) {
  const std::size_t at = places_.at(work.rows != nullptr ? static_cast<const void*>(work.rows) : work.entry);
  running_.erase(at);
  ++finished_;
  changed_.notify_all();
  return at;
}

void Schedule::done(const Work& work) {
  const std::lock_guard lock(mutex_);
  for (const std::size_t next : items_[finish(work)].then) {
    if (--items_[next].waits_for == 0 && waiting_.erase(next) != 0) ready_.insert(rank(next));
  }
}

void Schedule::failed(const Work& work) {
  const std::lock_guard lock(mutex_);
  drop(finish(work));
}

void Schedule::drop(std::size_t at) {
  for (const std::size_t next : items_[at].then) {
    if (waiting_.erase(next) != 0) drop(next);
  }
}

}  // namespace holdfast::postgres
