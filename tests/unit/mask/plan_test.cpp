#include "mask/plan.hpp"

#include <doctest/doctest.h>

#include <string>

#include "holdfast/error.hpp"
#include "mask/suggest.hpp"

using namespace holdfast;
using namespace holdfast::masking;

namespace {

MaskColumn column(const std::string& name, MaskType type, bool nullable = true) {
  const std::uint64_t most = type == MaskType::integer ? 2147483647 : 0;
  return {.name = name, .type_name = "its own", .type = type, .nullable = nullable, .most = most};
}

MaskTable table(const std::string& name, std::vector<MaskColumn> columns) {
  MaskTable table{.schema = "s", .name = name, .columns = std::move(columns)};
  for (const MaskColumn& each : table.columns) table.stored.push_back(each.name);
  return table;
}

// Customers by e-mail address, orders of them, and a partitioned log.
MaskSchema shop() {
  MaskTable customers = table("customers", {column("email", MaskType::text, false), column("name", MaskType::text),
                                            column("born", MaskType::date), column("id", MaskType::integer, false)});
  customers.keys = {{.name = "customers_pkey", .columns = {"id"}}, {.name = "customers_email_key", .columns = {"email"}}};
  MaskTable orders =
      table("orders", {column("id", MaskType::integer, false), column("email", MaskType::text), column("note", MaskType::text)});
  orders.references = {{.name = "orders_email_fkey", .columns = {"email"}, .schema = "s", .table = "customers", .to_columns = {"email"}}};
  MaskTable log = table("log", {column("day", MaskType::date), column("what", MaskType::text)});
  log.has_rows = false;
  MaskTable part = table("log_2024", {column("day", MaskType::date), column("what", MaskType::text)});
  part.ancestors = {{"s", "log"}};
  part.placing = {"day"};
  return {.tables = {customers, orders, log, part}};
}

MaskOptions rules(const std::string& tables, const std::string& head = "") {
  return {.rules = "version: 1\n" + head + "tables:\n" + tables, .name = "m.yaml", .key = Secret(std::string_view("0123456789abcdef"))};
}

std::vector<std::string> faults(const MaskOptions& options, const MaskSchema& schema = shop()) {
  std::vector<std::string> texts;
  for (const Fault& fault : check_rules(options, schema).faults) texts.push_back(fault.object + ": " + fault.what);
  return texts;
}

std::string only_fault(const MaskOptions& options, const MaskSchema& schema = shop()) {
  const std::vector<std::string> all = faults(options, schema);
  REQUIRE(all.size() == 1);
  return all[0];
}

}  // namespace

TEST_CASE("mask plan: rules that fit have no fault") {
  CHECK(faults(rules("  s.customers: {columns: {email: email, name: name, born: {rule: date_shift, by: id}}}\n"
                     "  s.orders: {columns: {email: email, note: null}}\n  s.log: {columns: {what: hash}}\n"))
            .empty());
}

TEST_CASE("mask plan: a table or column that does not exist is named") {
  CHECK(only_fault(rules("  s.gone: keep\n")).starts_with("table s.gone: m.yaml:3:3: the backup has no such table"));
  CHECK(only_fault(rules("  s.orders: {columns: {gone: hash}}\n")) == "column s.orders.gone: m.yaml:3:30: the table has no such column");
  CHECK(only_fault(rules("  s.log_2024: {columns: {what: hash}}\n")).find("it is a partition: give the rules to s.log") !=
        std::string::npos);
  CHECK(only_fault(rules("  s.customers: {columns: {born: {rule: date_shift, by: gone}}}\n")).find("by names it") != std::string::npos);
}

TEST_CASE("mask plan: a rule that could break a unique key is a fault") {
  CHECK(only_fault(rules("  s.customers: {columns: {id: {rule: fixed, value: '1'}}}\n")).find("customers_pkey forbids that") !=
        std::string::npos);
  MaskSchema schema = shop();
  schema.tables[0].keys.push_back({.name = "pair", .columns = {"id", "name"}});
  CHECK(faults(rules("  s.customers: {columns: {name: name}}\n"), schema).empty());  // the primary key keeps it
  schema.tables[0].keys = {{.name = "pair", .columns = {"born", "name"}}};
  CHECK(only_fault(rules("  s.customers: {columns: {name: name}}\n"), schema).find("pair forbids that") != std::string::npos);
  CHECK(faults(rules("  s.customers: {columns: {name: null}}\n"), schema).empty());
  schema.tables[0].keys[0].nulls_distinct = false;
  CHECK(faults(rules("  s.customers: {columns: {name: null}}\n"), schema).size() == 1);
  schema.tables[0].keys[0].opaque = true;
  CHECK(faults(rules("  s.customers: {columns: {name: hash}}\n"), schema).size() == 1);
}

TEST_CASE("mask plan: both ends of a reference need the same rule") {
  CHECK(only_fault(rules("  s.customers: {columns: {email: email}}\n"))
            .find("column s.orders.email refers to s.customers.email: give both the same rule") != std::string::npos);
  CHECK(faults(rules("  s.orders: {columns: {email: email}}\n")).size() == 1);
  CHECK(faults(rules("  s.customers: {columns: {email: email}}\n  s.orders: {columns: {email: hash}}\n")).size() == 1);
  CHECK(faults(rules("  s.customers: {columns: {email: email}}\n  s.orders: {columns: {email: null}}\n")).empty());
  MaskSchema schema = shop();
  schema.tables[1].columns[1].folded = true;
  CHECK(only_fault(rules("  s.customers: {columns: {email: email}}\n  s.orders: {columns: {email: email}}\n"), schema)
            .find("their types differ") != std::string::npos);
}

TEST_CASE("mask plan: rows that others refer to can't be dropped alone") {
  CHECK(only_fault(rules("  s.customers: drop\n")).find("rows of s.orders refer to it (orders_email_fkey)") != std::string::npos);
  CHECK(faults(rules("  s.customers: drop\n  s.orders: drop\n")).empty());
  CHECK(faults(rules("  s.customers: {rows: {drop_where: name, matches: x}}\n")).size() == 1);
  CHECK(faults(rules("  s.customers: drop\n  s.orders: {columns: {email: null}}\n")).empty());
}

TEST_CASE("mask plan: rows that others refer to can be chosen, if their keys can be compared") {
  CHECK(faults(rules("  s.customers: {rows: {keep: 5}}\n")).empty());
  CHECK(faults(rules("  s.log: keep\n", "rows: {keep: 5}\n")).empty());
  MaskSchema schema = shop();
  schema.tables[1].columns[1].folded = true;
  CHECK(only_fault(rules("  s.customers: {rows: {keep: 5}}\n"), schema).find("can't be compared in the backup") != std::string::npos);
  CHECK(only_fault(rules("  s.log: keep\n", "rows: {keep: 5}\n"), schema).starts_with("table s.customers: m.yaml:2:7:"));
}

TEST_CASE("mask plan: a rule for the rows of all tables leaves those that have one of their own") {
  const MaskPlan plan = require_rules(rules("  s.orders: keep\n", "rows: {keep: 5}\n"), shop());
  CHECK(plan.chooses_rows());
  CHECK(plan.find("s", "customers")->rows.count == 5);
  CHECK(plan.find("s", "log_2024")->rows.count == 5);
  CHECK(plan.find("s", "orders") == nullptr);
}

TEST_CASE("mask plan: shuffled values stay different alone, not in pairs, and references still find them") {
  CHECK(faults(rules("  s.customers: {columns: {email: shuffle, id: shuffle}}\n")).empty());
  CHECK(faults(rules("  s.orders: {columns: {email: shuffle}}\n")).empty());
  CHECK(faults(rules("  s.customers: {columns: {email: email}}\n  s.orders: {columns: {email: shuffle}}\n")).size() == 1);
  MaskSchema schema = shop();
  schema.tables[0].keys = {{.name = "pair", .columns = {"id", "name"}}};
  CHECK(only_fault(rules("  s.customers: {columns: {name: shuffle}}\n"), schema).find("pair forbids that") != std::string::npos);
}

TEST_CASE("mask plan: a column that places rows in partitions can't be masked") {
  const std::string fault = faults(rules("  s.log: {columns: {day: {rule: fixed, value: 2024-01-01}}}\n")).at(0);
  CHECK(fault.find("it decides into which partition a row belongs") != std::string::npos);
}

TEST_CASE("mask plan: strict rules name every column") {
  const std::string complete = "  s.customers: keep\n  s.log: keep\n";
  CHECK(faults(rules(complete + "  s.orders: {columns: {id: keep, email: keep, note: null}}\n", "strict: yes\n")).empty());
  CHECK(only_fault(rules(complete + "  s.orders: {columns: {id: keep, email: keep}}\n", "strict: yes\n")) ==
        "column s.orders.note: no rule names it: give it one, or keep");
  CHECK(only_fault(rules(complete, "strict: yes\n")).starts_with("table s.orders: no rule names it"));
  MaskOptions options = rules(complete);
  CHECK(faults(options).empty());
  options.strict = true;
  CHECK(faults(options).size() == 1);
}

TEST_CASE("mask plan: keyed rules need a key, and a key needs a length") {
  MaskOptions options = rules("  s.orders: {columns: {note: hash}}\n");
  options.key = Secret();
  CHECK(only_fault(options).find("rule hash needs a key") != std::string::npos);
  options.key = Secret(std::string_view("short"));
  CHECK_THROWS_WITH_AS(check_rules(options, shop()), doctest::Contains("use at least 16"), Error);
  options = rules("  s.orders: {columns: {note: null}}\n");
  options.key = Secret();
  CHECK(faults(options).empty());
}

TEST_CASE("mask plan: large objects must be spoken of") {
  MaskSchema schema = shop();
  schema.large_objects = true;
  CHECK(only_fault(rules("  s.orders: keep\n"), schema).starts_with("large objects: the backup has some"));
  CHECK(faults(rules("  s.orders: keep\n", "large_objects: keep\n"), schema).empty());
}

TEST_CASE("mask plan: rules that read characters are refused where characters can't be told") {
  MaskSchema schema = shop();
  schema.utf8 = false;
  CHECK(faults(rules("  s.orders: {columns: {note: {rule: truncate, length: 1}}}\n"), schema).size() == 1);
  schema.single_byte = true;
  CHECK(faults(rules("  s.orders: {columns: {note: {rule: truncate, length: 1}}}\n"), schema).empty());
}

TEST_CASE("mask plan: the identity changes with rules and key") {
  const MaskOptions options = rules("  s.orders: keep\n");
  MaskOptions other = options;
  CHECK(identity_of(options) == identity_of(other));
  other.rules += " ";
  CHECK(identity_of(options) != identity_of(other));
  other = options;
  other.key = Secret(std::string_view("0123456789abcdeg"));
  CHECK(identity_of(options) != identity_of(other));
}

TEST_CASE("proposed rules name personal columns, join references, show no value and have no fault") {
  MaskSchema schema = shop();
  schema.tables[0].columns.push_back(column("contact", MaskType::text));
  schema.tables[0].stored.emplace_back("contact");
  Samples samples;
  samples[{"s", "customers"}] = {{"a@b.com"}, {"Ann"}, {"2001-01-01"}, {"1"}, {"+49 30 1234567", "+49 30 7654321"}};
  const std::string text = suggest_rules(schema, samples);
  CAPTURE(text);
  CHECK(text.find("\"contact\": phone") != std::string::npos);
  CHECK(text.find("\"name\": name") != std::string::npos);
  CHECK(text.find("\"note\": {rule: fixed") != std::string::npos);
  CHECK(text.find("\"born\": {rule: date_shift, by: \"id\", days: 30}") != std::string::npos);
  CHECK(text.find("1234567") == std::string::npos);
  CHECK(text.find("a@b.com") == std::string::npos);
  CHECK(faults({.rules = text, .key = Secret(std::string_view("0123456789abcdef"))}, schema).empty());
}
