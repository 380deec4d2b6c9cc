#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <vector>

#include "driver/postgres/restore/entries.hpp"

namespace holdfast::postgres {

/// Gives entries to many connections: none before its dependencies, no two at once if one would only wait for the
/// other's lock, and heavy ones first. Safe from many threads.
class Schedule {
 public:
  /// `weigh` returns the approximate amount of work; greater is sooner.
  Schedule(const Entries& entries, const std::vector<const pg_archive::TocEntry*>& todo,
           const std::function<std::uint64_t(const pg_archive::TocEntry&)>& weigh);

  /// Waits for an entry that can be carried out. Returns null if there are no more, or if `stop` was requested.
  const pg_archive::TocEntry* take(std::stop_token stop);
  void done(const pg_archive::TocEntry& entry);

 private:
  struct Item {
    const pg_archive::TocEntry* entry = nullptr;
    std::size_t waits_for = 0;
    std::vector<std::size_t> then;  // entries that wait for it
    std::set<int> tables;           // tables that it needs
    bool locks = false;             // it locks them exclusively
    std::uint64_t weight = 0;
  };
  using Rank = std::pair<std::uint64_t, std::size_t>;  // lowest first
  Rank rank(std::size_t at) const { return {~items_[at].weight, at}; }
  bool in_the_way(const Item& item) const;
  const pg_archive::TocEntry* start(std::size_t at);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Item> items_;
  std::map<const pg_archive::TocEntry*, std::size_t> places_;
  std::set<Rank> ready_;
  std::set<std::size_t> waiting_, running_;
  std::uint64_t finished_ = 0;
};

}  // namespace holdfast::postgres
