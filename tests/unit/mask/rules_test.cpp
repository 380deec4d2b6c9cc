#include <doctest/doctest.h>

#include <string>

#include "holdfast/error.hpp"
#include "mask/rules.hpp"

using namespace holdfast;
using namespace holdfast::masking;

namespace {

std::string message_of(const std::string& text) {
  try {
    parse_rules(text, "masks.yaml");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid_argument);
    return error.message();
  }
  return "";
}

std::string with_rule(const std::string& rule) { return "version: 1\ntables:\n  public.t:\n    columns:\n      c: " + rule + "\n"; }

}  // namespace

TEST_CASE("mask rules: every kind is read with its parameters and defaults") {
  const RuleSet rules = parse_rules(R"(
version: 1
strict: yes
large_objects: drop
tables:
  public.t:
    columns:
      a: keep
      b: ~
      c: "null"
      d: {rule: fixed, value: ""}
      e: hash
      f: {rule: pseudonym, prefix: u-, length: 20, scope: x}
      g: {rule: date_shift, by: id}
      h: {rule: json, paths: {$.a.b: email, "$.*.c": {rule: fixed, value: x}}}
      i: {rule: regex, pattern: '(\d)\d+', replacement: '\1***'}
    others: keep
    rows: {drop_where: kind, matches: ^test}
  '"a.b"."q""q"': drop
  s.k: keep
)",
                                    "masks.yaml");
  CHECK(rules.strict);
  CHECK(rules.large_objects == false);
  REQUIRE(rules.tables.size() == 3);
  const TableRules& table = rules.tables[0];
  CHECK(table.keep_others);
  CHECK(table.rows->kind == RowRule::Kind::drop_where);
  CHECK(table.columns[1].second.kind == RuleKind::null);
  CHECK(table.columns[2].second.kind == RuleKind::null);
  CHECK(table.columns[3].second.kind == RuleKind::fixed);
  CHECK(table.columns[4].second.number == 32);
  CHECK(table.columns[5].second.text == "u-");
  CHECK(table.columns[6].second.number == 30);
  CHECK(table.columns[7].second.paths.size() == 2);
  CHECK(table.columns[8].second.replacement == "\\1***");
  CHECK(rules.tables[1].schema == "a.b");
  CHECK(rules.tables[1].name == "q\"q");
  CHECK(rules.tables[1].rows->kind == RowRule::Kind::drop);
  CHECK(rules.tables[2].keep_others);
  CHECK(rules.tables[2].rows->kind == RowRule::Kind::keep);
}

TEST_CASE("mask rules: rows are chosen in all tables or in one, and values are shuffled in blocks") {
  const RuleSet rules = parse_rules(
      "version: 1\nrows: {keep: 100}\ntables:\n  s.a: {rows: {keep: 7}, columns: {x: shuffle, y: {rule: shuffle, block: 5}}}\n"
      "  s.b: {columns: {x: null}}\n",
      "masks.yaml");
  CHECK(rules.rows.kind == RowRule::Kind::choose);
  CHECK(rules.rows.count == 100);
  CHECK(rules.tables[0].rows->count == 7);
  CHECK(rules.tables[0].columns[0].second.number == 1000);
  CHECK(rules.tables[0].columns[1].second.number == 5);
  CHECK_FALSE(rules.tables[1].rows.has_value());
}

TEST_CASE("mask rules: a fault is named with its line and column") {
  CHECK(message_of("tables: {}") == "masks.yaml:1:1: the version of the rules is missing: begin with \"version: 1\"");
  CHECK(message_of("version: 2").starts_with("masks.yaml:1:10: this version"));
  CHECK(message_of("version: 1\ntabels: {}").starts_with("masks.yaml:2:1: unknown key 'tabels'"));
  CHECK(message_of(with_rule("emial")).starts_with("masks.yaml:5:10: unknown rule 'emial'"));
  CHECK(message_of(with_rule("{rule: email, lenght: 3}")).starts_with("masks.yaml:5:24: rule email has no parameter 'lenght'"));
  CHECK(message_of(with_rule("fixed")).starts_with("masks.yaml:5:10: rule fixed needs the parameter value"));
  CHECK(message_of(with_rule("{rule: hash, length: 65}")).starts_with("masks.yaml:5:31: a number from 8 to 64"));
  CHECK(message_of(with_rule("{rule: regex, pattern: '('}")).starts_with("masks.yaml:5:33: the pattern can't be used"));
  CHECK(message_of(with_rule("{rule: regex, pattern: a, replacement: '\\7'}")).starts_with("masks.yaml:5:49: the replacement"));
  CHECK(message_of(with_rule("{rule: json, paths: {a.b: email}}")).starts_with("masks.yaml:5:31: 'a.b' is no path"));
  CHECK(message_of(with_rule("{rule: email, host: \"a b\"}")).starts_with("masks.yaml:5:30: use at most"));
  CHECK(message_of("version: 1\ntables:\n  t: keep").starts_with("masks.yaml:3:3: 't' is no table name"));
  CHECK(message_of("version: 1\ntables:\n  a.t: keep\n  a.t: drop").starts_with("masks.yaml:4:3: the key 'a.t' is given twice"));
  CHECK(message_of("version: 1\ntables:\n  a.t: keep\n  'a.\"t\"': drop").starts_with("masks.yaml:4:3: table a.\"t\" is here twice"));
  CHECK(message_of("version: 1\ntables: [").find("masks.yaml:") == 0);
  CHECK(message_of("version: 1\n---\nversion: 1").find("a second document") != std::string::npos);
  CHECK(message_of("version: &a 1\nstrict: *a").find("anchor") != std::string::npos);
  CHECK(message_of(std::string(5000, '[')).find("masks.yaml:") == 0);
}
