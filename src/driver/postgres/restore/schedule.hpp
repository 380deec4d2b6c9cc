#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

#include "driver/postgres/restore/entries.hpp"
#include "driver/postgres/restore/restore_plan.hpp"
#include "driver/postgres/restore/view_refresh.hpp"

namespace holdfast::postgres {

/// Rows that are loaded at once, and their table's dump id; 0 if the archive does not have it.
struct Load {
  const RowsEntry* rows = nullptr;
  int table = 0;
};

/// One piece of work: rows, an entry of the archive, or a materialized view to fill.
struct Work {
  const RowsEntry* rows = nullptr;
  const pg_archive::TocEntry* entry = nullptr;
  Refresh refresh = {};
  std::size_t others = 0;  ///< that other connections carry out, or could now
};

/// Returns the entries, in their order, that need nothing but the rows of `loaded` tables: indexes over columns, and
/// constraints without code of the backup's. A function in an index might read other tables, whose rows must be there.
std::vector<const pg_archive::TocEntry*> need_only_rows(const std::vector<const pg_archive::TocEntry*>& entries,
                                                        const std::set<int>& loaded);

/// Gives work to many connections: no entry before its dependencies and its tables' rows, no two at once if one would
/// only wait for the other's lock, and those first that begin the heaviest chain of work. Materialized views are filled
/// one after another, after all rows, indexes and keys. Safe from many threads.
class Schedule {
 public:
  /// Returns the approximate amount of an entry's work, in bytes.
  using Weigh = std::function<std::uint64_t(const pg_archive::TocEntry&)>;
  Schedule(const Entries& entries, const std::vector<Load>& loads, const std::vector<const pg_archive::TocEntry*>& todo,
           const std::vector<Refresh>& refreshes, const Weigh& weigh);

  /// Waits for work that can be carried out. Returns none if there is no more, or if `stop` was requested.
  std::optional<Work> take(std::stop_token stop);
  void done(const Work& work);
  /// It failed: what waits for it is not given any more.
  void failed(const Work& work);

 private:
  struct Item {
    Work work;
    std::size_t waits_for = 0;
    std::vector<std::size_t> then;  // those that wait for it
    std::set<int> tables;           // tables that it needs
    bool locks = false;             // it locks them exclusively
    std::uint64_t own = 0;          // its weight
    std::uint64_t weight = 0;       // of it and of the heaviest chain that waits for it
  };
  using Rank = std::pair<std::uint64_t, std::size_t>;  // lowest first
  Rank rank(std::size_t at) const { return {~items_[at].weight, at}; }
  void add_refreshes(const std::vector<Refresh>& refreshes, const Weigh& weigh);
  void add_followers();
  void let_wait(std::size_t at, std::size_t needed);
  bool in_the_way(const Item& item) const;
  Work start(std::size_t at);
  static const void* key(const Work& work);
  std::size_t finish(const Work& work);
  void drop(std::size_t at);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Item> items_;
  std::map<const void*, std::size_t> places_;
  std::set<Rank> ready_;
  std::set<std::size_t> waiting_, running_;
  std::uint64_t finished_ = 0;
};

}  // namespace holdfast::postgres
