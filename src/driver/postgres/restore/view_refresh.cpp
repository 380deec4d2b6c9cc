#include "driver/postgres/restore/view_refresh.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/logical/restore_steps.hpp"

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

std::vector<Refresh> refreshes(const RestorePlan& plan, const Entries& entries) {
  std::vector<Refresh> found;
  for (const MaterializedView& item : plan.materialized_views) {
    const TocEntry* entry = entries.relation({item.schema, item.name});
    if (entry == nullptr) throw Error(ErrorCode::corrupt, "the archive has no materialized view " + qualified(item.schema, item.name));
    if (item.populated) found.push_back({&item, entry});
  }
  return found;
}

bool fills_views(const Entries& entries, const std::vector<const TocEntry*>& early) {
  constexpr std::array<std::string_view, 5> kUnread = {"INDEX", "INDEX ATTACH", "STATISTICS", "TRIGGER", "COMMENT"};
  const std::set<const TocEntry*> known(early.begin(), early.end());
  return entries.of(Step::security).empty() && std::ranges::all_of(entries.of(Step::post_data), [&](const TocEntry* entry) {
           return known.contains(entry) || std::ranges::find(kUnread, view(entry->desc)) != kUnread.end();
         });
}

Part refresh_part(const Refresh& refresh, const EntryRunner& runner, const OwnerSessions& owners) {
  const auto run = [refresh, &runner, &owners](Sessions& sessions, Names names) {
    Connection& connection = sessions.of(runner.owners_of(*refresh.entry), names, refresh.view->schema);
    // Runs as the owner sees the rows. A stand-in would see fewer than the superuser that it represents: then an
    // error is better.
    const bool as_owner = owners.lends_its_rights(owners.owner(std::string(view(refresh.entry->owner))));
    connection.query(as_owner ? "SET row_security = on" : "SET row_security = off");
    run_statement(connection, refresh_sql(*refresh.view), Wait::unlimited);
  };
  return {.object = "rows of materialized view " + refresh.view->schema + "." + refresh.view->name,
          .run = run,
          .belongs_to = describe(*refresh.entry),
          .first = Names::by_search_path};
}

}  // namespace holdfast::postgres
