#include "driver/postgres/restore/view_refresh.hpp"

#include <doctest/doctest.h>

using namespace holdfast::postgres;
using holdfast::pg_archive::ArchiveToc;
using holdfast::pg_archive::Section;
using holdfast::pg_archive::TocEntry;

TEST_CASE("views are filled early only if nothing that follows changes what they read") {
  const auto fills = [](const char* kind, bool early) {
    ArchiveToc toc;
    toc.entries.push_back({.dump_id = 1, .section = Section::post_data});
    toc.entries.front().desc = kind;
    toc.entries.front().definition = "x";
    const Entries entries(toc, {});
    return fills_views(entries, early ? std::vector<const TocEntry*>{&toc.entries.front()} : std::vector<const TocEntry*>());
  };
  CHECK(fills("CONSTRAINT", true));
  CHECK_FALSE(fills("CONSTRAINT", false));  // a query may be grouped by a key
  for (const char* unread : {"INDEX", "TRIGGER", "STATISTICS"}) CHECK(fills(unread, false));
  for (const char* read : {"RULE", "POLICY", "ROW SECURITY", "KIND OF THE FUTURE"}) CHECK_FALSE(fills(read, false));
}
