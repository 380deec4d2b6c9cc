#include "driver/postgres/restore/masked_rows.hpp"

#include <doctest/doctest.h>

#include <string>

#include "holdfast/error.hpp"

using namespace holdfast;
using namespace holdfast::postgres;
using masking::MaskColumn;
using masking::MaskPlan;
using masking::MaskType;

namespace {

MaskPlan plan_for(const std::string& rules) {
  masking::MaskTable table{.schema = "s", .name = "t"};
  for (const char* name : {"a", "b", "c"}) {
    table.columns.push_back({.name = name, .type_name = "text", .type = MaskType::text});
    table.stored.emplace_back(name);
  }
  return masking::require_rules(
      {.rules = "version: 1\ntables:\n  s.t:\n" + rules, .name = "rules", .key = Secret(std::string_view("0123456789abcdef"))},
      {.tables = {table}});
}

// Cuts the rows at every place.
std::string masked(const std::string& rules, const std::string& rows, std::size_t piece) {
  const MaskPlan plan = plan_for(rules);
  MaskedRows mask(plan, *plan.find("s", "t"));
  std::string out;
  for (std::size_t at = 0; at < rows.size(); at += piece) out += as_text(mask.mask(as_bytes(std::string_view(rows).substr(at, piece))));
  out += as_text(mask.finish());
  return out;
}

}  // namespace

TEST_CASE("masked rows: fields without a rule pass unchanged, wherever the stream is cut") {
  const std::string rows = "1\\\\\tx\ty\\n\n\\N\tsecret\\t\\\\\t\\N\n\t\t\n";
  const std::string expected = "1\\\\\tX\ty\\n\n\\N\tX\t\\N\n\tX\t\n";
  for (std::size_t piece = 1; piece <= rows.size(); ++piece)
    CHECK(masked("    columns: {b: {rule: fixed, value: X}}\n", rows, piece) == expected);
}

TEST_CASE("masked rows: nulls stay, and become") {
  CHECK(masked("    columns: {a: hash, c: null}\n", "\\N\tb\tc\n", 99) == "\\N\tb\t\\N\n");
}

TEST_CASE("masked rows: values are unescaped before a rule and escaped after it") {
  CHECK(masked("    columns: {a: {rule: regex, pattern: 'x', replacement: ''}}\n", "a\\tx\\\\\\n\\b\\f\\v\\r\tb\tc\n", 3) ==
        "a\\t\\\\\\n\\b\\f\\v\\r\tb\tc\n");
  CHECK(masked("    columns: {c: {rule: fixed, value: \"\\\\N\"}}\n", "a\tb\tc\n", 99) == "a\tb\t\\\\N\n");
}

TEST_CASE("masked rows: rows are dropped and counted") {
  const MaskPlan plan = plan_for("    rows: {drop_where: b, matches: ^te}\n");
  MaskedRows mask(plan, *plan.find("s", "t"));
  CHECK(as_text(mask.mask(as_bytes("1\ttest\tx\n2\tno\tx\n3\t\\N\tx\n"))) == "2\tno\tx\n3\t\\N\tx\n");
  CHECK(mask.done().dropped() == 1);
  CHECK(masked("    rows: drop\n", "1\t2\t3\n", 2).empty());
}

TEST_CASE("masked rows: a row that is no row of the table is refused") {
  CHECK_THROWS_AS(masked("    columns: {c: hash}\n", "1\t2\n", 99), Error);
  CHECK_THROWS_AS(masked("    columns: {c: hash}\n", "1\t2\t3", 99), Error);
}

TEST_CASE("masked rows: shuffled values keep their escapes, wherever the stream is cut") {
  const std::string wanted = "1\tc\\n\tx\n2\t\\N\ty\n3\ta\\tb\tz\n";
  const std::string input = "1\ta\\tb\tx\n2\t\\N\ty\n3\tc\\n\tz\n";
  for (std::size_t piece = 1; piece <= input.size(); ++piece) CHECK(masked("    columns: {b: shuffle}\n", input, piece) == wanted);
}

TEST_CASE("masked rows: many rows are what each of them is alone, with nulls, escapes and rows that are left out") {
  const std::string rules =
      "    columns: {a: digits, b: {rule: truncate, length: 3}, c: hash}\n    rows: {drop_where: b, matches: ^drop}\n";
  std::string rows, expected;
  for (int number = 0; number < 1000; ++number) {
    const std::string row = (number % 7 == 0 ? "\\N" : "+" + std::to_string(number * 31)) + "\t" +
                            (number % 5 == 0    ? "drop"
                             : number % 11 == 0 ? "\\t\\\\x"
                                                : "kept") +
                            "\t" + std::string(number % 90, 'x') + "\n";
    rows += row;
    expected += masked(rules, row, row.size());
  }
  for (const std::size_t piece : {1, 2, 999, 20'000, 1 << 20}) CHECK(masked(rules, rows, piece) == expected);
}
