#include "driver/postgres/restore/schedule.hpp"

#include <doctest/doctest.h>

using namespace holdfast::postgres;
using holdfast::EntryRecord;
using holdfast::pg_archive::ArchiveToc;
using holdfast::pg_archive::TocEntry;

namespace {

using Ids = std::vector<int>;

TocEntry an_entry(int id, const char* desc, Ids dependencies = {}) {
  TocEntry entry;
  entry.dump_id = id;
  entry.desc = desc;
  entry.definition = "x";
  entry.dependencies = std::move(dependencies);
  return entry;
}

std::uint64_t alike(const TocEntry&) { return 1; }

/// An archive, and its entries by number.
struct Archive {
  explicit Archive(std::vector<TocEntry> list) {
    toc.entries = std::move(list);
    entries.emplace(toc, std::set<int>());
  }
  std::vector<const TocEntry*> of(const Ids& ids) const {
    std::vector<const TocEntry*> found;
    for (const TocEntry& entry : toc.entries)
      if (std::ranges::find(ids, entry.dump_id) != ids.end()) found.push_back(&entry);
    return found;
  }
  ArchiveToc toc;
  std::optional<Entries> entries;
};

Ids ids_of(const std::vector<const TocEntry*>& entries) {
  Ids ids;
  for (const TocEntry* entry : entries) ids.push_back(entry->dump_id);
  return ids;
}

}  // namespace

TEST_CASE("a schedule gives no entry before its dependencies, and no two that would wait for one another's lock") {
  const Archive archive({an_entry(1, "TABLE"), an_entry(2, "TABLE"), an_entry(3, "INDEX", {1}), an_entry(4, "INDEX", {1}),
                         an_entry(5, "CONSTRAINT", {1}), an_entry(6, "CONSTRAINT", {2}), an_entry(7, "FK CONSTRAINT", {1, 2, 5})});
  const auto weigh = [](const TocEntry& entry) { return entry.dump_id == 6 ? 9U : 1U; };
  Schedule schedule(*archive.entries, {}, archive.of({3, 4, 5, 6, 7}), {}, weigh);
  const auto next = [&] { return schedule.take({})->entry->dump_id; };
  const auto done = [&](int id) { schedule.done({.entry = archive.of({id}).front()}); };
  CHECK(next() == 6);  // the heaviest
  CHECK(next() == 5);  // a foreign key waits for it
  done(6);
  done(5);
  CHECK(next() == 3);
  CHECK(next() == 4);  // indexes of one table at once
  done(3);
  done(4);
  CHECK(next() == 7);
  done(7);
  CHECK_FALSE(schedule.take({}));
}

TEST_CASE("entries that wait for one another are still given") {
  const Archive archive({an_entry(1, "RULE", {2}), an_entry(2, "RULE", {1})});
  Schedule schedule(*archive.entries, {}, archive.of({1, 2}), {}, alike);
  const std::optional<Work> first = schedule.take({});
  CHECK(first->entry->dump_id == 1);
  schedule.done(*first);
  CHECK(schedule.take({})->entry->dump_id == 2);
}

TEST_CASE("an index comes as soon as all rows of its table are there, while rows of others still arrive") {
  const Archive archive({an_entry(1, "TABLE"), an_entry(2, "TABLE"), an_entry(3, "INDEX", {1})});
  const EntryRecord large{.plain_bytes = 100}, rest{.plain_bytes = 50}, other{.plain_bytes = 10};
  const RowsEntry a{.entry = &large}, b{.entry = &rest}, c{.entry = &other};
  Schedule schedule(*archive.entries, {{&c, 2}, {&a, 1}, {&b, 1}}, archive.of({3}), {}, [](const TocEntry&) { return 150U; });
  CHECK(schedule.take({})->rows == &a);
  CHECK(schedule.take({})->rows == &b);
  schedule.done({.rows = &a});
  schedule.done({.rows = &b});
  CHECK(schedule.take({})->entry->dump_id == 3);  // before the lighter rows
  CHECK(schedule.take({})->rows == &c);
}

TEST_CASE("the last rows of a large table come before heavier rows that nothing waits for") {
  const Archive archive({an_entry(1, "TABLE"), an_entry(2, "TABLE"), an_entry(3, "INDEX", {1})});
  const EntryRecord last{.plain_bytes = 1}, other{.plain_bytes = 90};
  const RowsEntry a{.entry = &last}, b{.entry = &other};
  Schedule schedule(*archive.entries, {{&b, 2}, {&a, 1}}, archive.of({3}), {}, [](const TocEntry&) { return 150U; });
  CHECK(schedule.take({})->rows == &a);
  CHECK(schedule.take({})->rows == &b);
}

TEST_CASE("what waits for rows that failed is not given") {
  const Archive archive({an_entry(1, "TABLE"), an_entry(2, "TABLE"), an_entry(3, "CONSTRAINT", {1}),
                         an_entry(4, "FK CONSTRAINT", {1, 2, 3}), an_entry(5, "INDEX", {2})});
  const EntryRecord record{.plain_bytes = 1};
  const RowsEntry a{.entry = &record}, b{.entry = &record};
  Schedule schedule(*archive.entries, {{&a, 1}, {&b, 2}}, archive.of({3, 4, 5}), {}, alike);
  CHECK(schedule.take({})->rows == &a);
  schedule.failed({.rows = &a});
  CHECK(schedule.take({})->rows == &b);
  schedule.done({.rows = &b});
  CHECK(schedule.take({})->entry->dump_id == 5);
  schedule.done({.entry = archive.of({5}).front()});
  CHECK_FALSE(schedule.take({}));
}

TEST_CASE("only entries without code of the backup's are built while rows arrive") {
  const Archive archive({an_entry(1, "TABLE"), an_entry(2, "TABLE"), an_entry(3, "FUNCTION"), an_entry(10, "INDEX", {1}),
                         an_entry(11, "INDEX", {1, 3}),  // over a function, which may read a table
                         an_entry(12, "CONSTRAINT", {1}), an_entry(13, "FK CONSTRAINT", {1, 12}),
                         an_entry(14, "FK CONSTRAINT", {1, 2}),  // the rows of 2 are not loaded
                         an_entry(15, "TRIGGER", {1}), an_entry(16, "CHECK CONSTRAINT", {1}), an_entry(17, "INDEX", {})});
  CHECK(ids_of(need_only_rows(archive.of({10, 11, 12, 13, 14, 15, 16, 17}), {1})) == Ids{10, 12, 13});
}

TEST_CASE("rows come first if several constraints wait for them, each of which locks their table") {
  const Archive archive({an_entry(1, "TABLE"), an_entry(2, "TABLE"), an_entry(3, "CONSTRAINT", {1}), an_entry(4, "CONSTRAINT", {1}),
                         an_entry(5, "INDEX", {2}), an_entry(6, "INDEX", {2})});
  const EntryRecord record{.plain_bytes = 10};
  const RowsEntry locked{.entry = &record}, indexed{.entry = &record};
  const auto weigh = [](const TocEntry& entry) { return entry.desc == "INDEX" ? 15U : 10U; };
  Schedule schedule(*archive.entries, {{&indexed, 2}, {&locked, 1}}, archive.of({3, 4, 5, 6}), {}, weigh);
  CHECK(schedule.take({})->rows == &locked);
}

TEST_CASE("materialized views are filled one after another, after all rows and keys, while foreign keys are checked") {
  const Archive archive({an_entry(1, "TABLE"), an_entry(2, "TABLE"), an_entry(3, "CONSTRAINT", {1}),
                         an_entry(4, "FK CONSTRAINT", {1, 2, 3}), an_entry(5, "MATERIALIZED VIEW", {2}),
                         an_entry(6, "MATERIALIZED VIEW", {5})});
  const EntryRecord record{.plain_bytes = 1};
  const RowsEntry a{.entry = &record}, b{.entry = &record};
  const MaterializedView first, second;
  const std::vector<Refresh> refreshes = {{&first, archive.of({5}).front()}, {&second, archive.of({6}).front()}};
  Schedule schedule(*archive.entries, {{&a, 1}, {&b, 2}}, archive.of({3, 4}), refreshes, alike);
  CHECK(schedule.take({})->rows != nullptr);
  CHECK(schedule.take({})->rows != nullptr);
  schedule.done({.rows = &b});  // all that the first view depends on, but its query may read more
  schedule.done({.rows = &a});
  const std::optional<Work> constraint = schedule.take({});
  CHECK(constraint->entry->dump_id == 3);
  CHECK(constraint->others == 0);
  schedule.done(*constraint);
  const std::optional<Work> filled = schedule.take({});
  CHECK(filled->refresh.view == &first);
  CHECK(filled->others == 1);
  CHECK(schedule.take({})->entry->dump_id == 4);
  schedule.done(*filled);
  CHECK(schedule.take({})->refresh.view == &second);
}
