#pragma once

#include <vector>

#include "driver/postgres/restore/deferred.hpp"
#include "driver/postgres/restore/entry_runner.hpp"
#include "driver/postgres/restore/restore_plan.hpp"

namespace holdfast::postgres {

/// A materialized view to fill, and its entry.
struct Refresh {
  const MaterializedView* view = nullptr;
  const pg_archive::TocEntry* entry = nullptr;
};

/// Returns all materialized views that had rows, in an order in which they can be filled. Borrows both.
std::vector<Refresh> refreshes(const RestorePlan& plan, const Entries& entries);

/// Returns whether materialized views get their final rows as soon as all rows and sequences are there and `early` is
/// carried out: no rule or policy that follows changes what they read.
bool fills_views(const Entries& entries, const std::vector<const pg_archive::TocEntry*>& early);

/// Returns the filling of a view as a part of the restore, after EntryRunner::prepare_refresh(). Borrows the runner and
/// the owners. Safe from many threads.
Part refresh_part(const Refresh& refresh, const EntryRunner& runner, const OwnerSessions& owners);

}  // namespace holdfast::postgres
