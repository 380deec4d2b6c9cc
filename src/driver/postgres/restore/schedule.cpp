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
                   const std::vector<Refresh>& refreshes, const Weigh& weigh) {
  std::multimap<int, std::size_t> by_id;  // entries, and loads by their table
  for (const Load& load : loads) {
    if (load.table != 0) by_id.emplace(load.table, items_.size());
    items_.push_back({.work = {.rows = load.rows}, .own = load.rows->entry->plain_bytes});
  }
  for (const TocEntry* entry : todo) {
    by_id.emplace(entry->dump_id, items_.size());
    items_.push_back({.work = {.entry = entry}, .locks = view(entry->desc) != "INDEX", .own = weigh(*entry)});
  }
  for (std::size_t at = loads.size(); at < items_.size(); ++at) {
    const std::vector<int>& dependencies = items_[at].work.entry->dependencies;
    for (const int id : std::set<int>(dependencies.begin(), dependencies.end())) {
      if (const TocEntry* other = entries.find(id); other != nullptr && view(other->desc) == "TABLE") items_[at].tables.insert(id);
      for (auto [needed, end] = by_id.equal_range(id); needed != end; ++needed) let_wait(at, needed->second);
    }
  }
  add_refreshes(refreshes, weigh);
  add_followers();
  for (std::size_t at = 0; at < items_.size(); ++at) {
    places_[key(items_[at].work)] = at;
    if (items_[at].waits_for == 0) {
      ready_.insert(rank(at));
    } else {
      waiting_.insert(at);
    }
  }
}

void Schedule::let_wait(std::size_t at, std::size_t needed) {
  if (needed == at) return;
  items_[needed].then.push_back(at);
  ++items_[at].waits_for;
}

// A view's query may call functions that read any table, and may need any index to end in time.
void Schedule::add_refreshes(const std::vector<Refresh>& refreshes, const Weigh& weigh) {
  const std::size_t first = items_.size();
  for (const Refresh& refresh : refreshes) items_.push_back({.work = {.refresh = refresh}, .own = weigh(*refresh.entry)});
  if (first == items_.size()) return;
  for (std::size_t at = 0; at < first; ++at) {
    const TocEntry* entry = items_[at].work.entry;
    if (entry == nullptr || view(entry->desc) != "FK CONSTRAINT") let_wait(first, at);
  }
  for (std::size_t at = first + 1; at < items_.size(); ++at) let_wait(at, at - 1);
}

// Weighs each item with the heaviest chain of items that wait for it. Those that lock its table make a chain, too: they
// come one after another. Members of a circle, and what they wait for, count only as far as the chain is known.
void Schedule::add_followers() {
  std::vector<std::size_t> waits_for, order;
  for (std::size_t at = 0; at < items_.size(); ++at) {
    items_[at].weight = items_[at].own;
    waits_for.push_back(items_[at].waits_for);
    if (waits_for.back() == 0) order.push_back(at);
  }
  for (std::size_t next = 0; next < order.size(); ++next) {
    for (const std::size_t follower : items_[order[next]].then) {
      if (--waits_for[follower] == 0) order.push_back(follower);
    }
  }
  for (const std::size_t at : std::views::reverse(order)) {
    std::uint64_t heaviest = 0, locking = 0;
    for (const std::size_t follower : items_[at].then) {
      heaviest = std::max(heaviest, items_[follower].weight);
      if (items_[follower].locks) locking += items_[follower].own;
    }
    items_[at].weight += std::max(heaviest, locking);
  }
}

bool Schedule::in_the_way(const Item& item) const {
  return std::ranges::any_of(running_, [&](std::size_t at) {
    const Item& other = items_[at];
    return (item.locks || other.locks) && shares_one(item.tables, other.tables);
  });
}

Work Schedule::start(std::size_t at) {
  Work work = items_[at].work;
  work.others = running_.size() + ready_.size();
  running_.insert(at);
  return work;
}

const void* Schedule::key(const Work& work) {
  if (work.rows != nullptr) return work.rows;
  if (work.entry != nullptr) return work.entry;
  return work.refresh.view;
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
  const std::size_t at = places_.at(key(work));
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
