#include "mask/subset.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace holdfast;
using namespace holdfast::masking;

namespace {

using Row = std::vector<std::string>;  // "" is a null
using TableRows = std::map<masking::TableName, std::vector<Row>>;

// A table with the columns id, a, b and c, whose primary key is id, and whose other key is (a, b).
MaskTable table(const std::string& name) {
  MaskTable made{.schema = "s", .name = name};
  for (const char* column : {"id", "a", "b", "c"}) {
    made.columns.push_back({.name = column, .type_name = "text", .type = MaskType::text, .nullable = column != std::string("id")});
    made.stored.emplace_back(column);
  }
  made.keys = {{.name = name + "_pkey", .columns = {"id"}}};
  return made;
}

MaskReference reference(const std::vector<std::string>& columns, const std::string& to, const std::vector<std::string>& to_columns) {
  return {.name = "refers_to_" + to, .columns = columns, .schema = "s", .table = to, .to_columns = to_columns};
}

TablePlan keeping(std::uint64_t count) { return {.columns = {}, .rows = {.kind = RowRule::Kind::choose, .count = count}}; }

std::vector<Field> fields_of(const Row& row, std::span<const std::size_t> wanted) {
  std::vector<Field> fields;
  for (const std::size_t column : wanted) fields.push_back({row[column], row[column].empty()});
  return fields;
}

// Reads all rows as a restore does, and gives the plan its choices.
void choose(const MaskSchema& schema, const TableRows& rows, MaskPlan& plan) {
  std::vector<masking::TableName> loaded;
  for (const auto& [name, list] : rows) loaded.push_back(name);
  Subset subset(schema, plan, loaded);
  for (auto round = subset.next_round(); !round.empty(); round = subset.next_round()) {
    for (const masking::TableName& name : round) {
      for (const Row& row : rows.at(name)) subset.add(name, fields_of(row, subset.wanted(name)));
    }
  }
  subset.give_to(plan);
}

RowChoice::Why why(const TablePlan& table, const Row& row) {
  std::vector<std::size_t> all{0, 1, 2, 3};
  return table.choice->judge(fields_of(row, all), all);
}

using Places = std::set<std::pair<masking::TableName, std::size_t>>;

Places kept_in(const MaskPlan& plan, const TableRows& rows, bool chosen_only = false) {
  Places kept;
  for (const auto& [name, list] : rows) {
    const TablePlan* const rules = plan.find(name.first, name.second);
    for (std::size_t at = 0; at < list.size(); ++at) {
      const RowChoice::Why reason = rules == nullptr ? RowChoice::Why::chosen : why(*rules, list[at]);
      if (reason == RowChoice::Why::chosen || (!chosen_only && reason == RowChoice::Why::referred)) kept.emplace(name, at);
    }
  }
  return kept;
}

std::vector<std::string> values(const MaskTable& table, const Row& row, const std::vector<std::string>& columns) {
  std::vector<std::string> found;
  for (const std::string& column : columns)
    found.push_back(row[static_cast<std::size_t>(std::ranges::find(table.stored, column) - table.stored.begin())]);
  return found;
}

// The least set of rows with these, and all that they refer to.
Places closed(const MaskSchema& schema, const TableRows& rows, Places kept) {
  for (bool more = true; more;) {
    more = false;
    for (const MaskTable& from : schema.tables) {
      for (const MaskReference& each : from.references) {
        const masking::TableName to{each.schema, each.table};
        const MaskTable& referred = *std::ranges::find(schema.tables, each.table, &MaskTable::name);
        for (const auto& [name, at] : Places(kept)) {
          if (name.second != from.name) continue;
          const auto key = values(from, rows.at(name)[at], each.columns);
          if (std::ranges::find(key, "") != key.end()) continue;
          for (std::size_t other = 0; other < rows.at(to).size(); ++other) {
            if (values(referred, rows.at(to)[other], each.to_columns) == key) more = kept.emplace(to, other).second || more;
          }
        }
      }
    }
  }
  return kept;
}

std::uint64_t seed() {
  const char* const given = std::getenv("HOLDFAST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

}  // namespace

TEST_CASE("subset: of references at random, in circles too, the kept rows are the least set that is closed") {
  const std::uint64_t first = seed();
  MESSAGE("HOLDFAST_SEED=" << first);
  for (std::uint64_t round = 0; round < 200; ++round) {
    std::mt19937_64 random(first + round);
    const auto below = [&](std::uint64_t limit) { return random() % limit; };
    MaskSchema schema;
    MaskPlan plan;
    TableRows rows;
    const std::vector<std::string> names{"p", "q", "r", "t"};
    for (const std::string& name : names) {
      schema.tables.push_back(table(name));
      for (std::uint64_t at = below(30); at > 0; --at) {
        const auto value = [&] { return below(4) == 0 ? std::string() : std::to_string(below(20)); };
        rows[{"s", name}].push_back({std::to_string(at), value(), value(), value()});
      }
      rows[{"s", name}];
      if (below(3) != 0) plan.tables[{"s", name}] = keeping(1 + below(5));
    }
    for (MaskTable& from : schema.tables) {
      for (std::uint64_t count = below(3); count > 0; --count) {
        const std::string& to = names[below(names.size())];
        from.references.push_back(below(2) == 0 ? reference({"c"}, to, {"id"}) : reference({"b", "c"}, to, {"a", "b"}));
      }
    }
    choose(schema, rows, plan);
    const Places kept = kept_in(plan, rows);
    Places expected = closed(schema, rows, kept_in(plan, rows, true));
    INFO("seed " << first + round);
    CHECK(kept == expected);
    for (const auto& [name, rules] : plan.tables) {
      const auto chosen = std::ranges::count_if(rows.at(name), [&](const Row& row) { return why(rules, row) == RowChoice::Why::chosen; });
      CHECK(static_cast<std::uint64_t>(chosen) == std::min<std::uint64_t>(rules.rows.count, rows.at(name).size()));
    }
  }
}

TEST_CASE("subset: the same rows are chosen in any order, and a partitioned table is counted as one") {
  MaskSchema schema{.tables = {table("one"), table("two"), table("all")}};
  schema.tables[2].has_rows = false;
  MaskPlan plan;
  TableRows rows;
  for (const std::size_t part : {0, 1}) {
    const masking::TableName name{"s", schema.tables[part].name};
    schema.tables[part].ancestors = {{"s", "all"}};
    plan.tables[name] = keeping(10);
    for (int at = 0; at < 100; ++at) rows[name].push_back({std::to_string(at + 1000 * static_cast<int>(part)), "", "", ""});
  }
  choose(schema, rows, plan);
  const Places kept = kept_in(plan, rows);
  CHECK(kept.size() == 10);
  for (auto& [name, list] : rows) std::ranges::reverse(list);
  MaskPlan again = plan;
  choose(schema, rows, again);
  CHECK(kept_in(again, rows).size() == 10);
  for (const auto& [name, at] : kept) CHECK(why(again.tables[name], rows[name][99 - at]) == RowChoice::Why::chosen);
}

TEST_CASE("subset: rows that a rule drops, and references that become null, ask for nothing") {
  MaskSchema schema{.tables = {table("child"), table("parent")}};
  schema.tables[0].references = {reference({"c"}, "parent", {"id"})};
  MaskPlan plan;
  plan.tables[{"s", "parent"}] = keeping(1);
  TablePlan& child = plan.tables[{"s", "child"}];
  child.rows = {.kind = RowRule::Kind::drop_where, .column = "a", .pattern = "^drop"};
  child.row_column = 1;
  TableRows rows;
  for (int at = 1; at <= 50; ++at) {
    rows[{"s", "parent"}].push_back({std::to_string(at), "", "", ""});
    rows[{"s", "child"}].push_back({std::to_string(at), at == 7 ? "kept" : "dropped", "", std::to_string(at)});
  }
  choose(schema, rows, plan);
  const auto kept = [&] {
    return std::ranges::count_if(rows[{"s", "parent"}], [&](const Row& row) {
      return why(plan.tables[{"s", "parent"}], row) != RowChoice::Why::not_kept;
    });
  };
  CHECK(kept() <= 2);
  CHECK(why(plan.tables[{"s", "parent"}], rows[{"s", "parent"}][6]) != RowChoice::Why::not_kept);
  child.rows = {};
  child.row_column.reset();
  child.columns = {{.index = 3, .rule = {.kind = RuleKind::null}, .about = schema.tables[0].columns[3]}};
  choose(schema, rows, plan);
  CHECK(kept() == 1);
}

TEST_CASE("subset: equal values with different texts refer to one another") {
  MaskSchema schema{.tables = {table("child"), table("parent")}};
  for (MaskTable& each : schema.tables) {
    each.columns[1].type = MaskType::numeric;
    each.columns[2].folded = true;
    each.columns[3].padded = true;
  }
  schema.tables[0].references = {reference({"a", "b", "c"}, "parent", {"a", "b", "c"})};
  MaskPlan plan;
  plan.tables[{"s", "parent"}] = keeping(1);
  TableRows rows;
  rows[{"s", "child"}] = {{"1", "1.50", "Ann", "x  "}, {"2", "2.0", "BOB", "y"}, {"3", "10", "c", "z"}};
  rows[{"s", "parent"}] = {{"1", "1.5", "ann", "x"}, {"2", "2", "bob", "y  "}, {"3", "10.00", "C", "z"}};
  choose(schema, rows, plan);
  for (const Row& row : rows[{"s", "parent"}]) CHECK(why(plan.tables[{"s", "parent"}], row) != RowChoice::Why::not_kept);
}
