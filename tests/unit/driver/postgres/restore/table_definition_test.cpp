#include "driver/postgres/restore/table_definition.hpp"

#include <doctest/doctest.h>

using namespace holdfast::postgres;

TEST_CASE("a table's definition tells columns, types and partition") {
  const TableDefinition table = TableDefinition::of(
      "CREATE TABLE public.\"a, (b\" (\n    id integer NOT NULL,\n    \"odd, \"\" (name\" character varying(50) DEFAULT 'a, b "
      "('::character varying,\n"
      "    total numeric(10,2) GENERATED ALWAYS AS ((price * (2)::numeric)) STORED,\n    mood public.\"my mood\" COLLATE \"C\" NOT NULL,\n"
      "    CONSTRAINT c CHECK ((id > 0))\n)\nPARTITION BY RANGE (id, lower(mood));\n");
  REQUIRE(table.columns.size() == 4);
  CHECK(table.columns[0].name == "id");
  CHECK(table.columns[0].type == "integer");
  CHECK(table.columns[0].not_null);
  CHECK(table.columns[1].name == "odd, \" (name");
  CHECK(table.columns[1].type == "character varying(50)");
  CHECK_FALSE(table.columns[1].not_null);
  CHECK(table.columns[2].generated);
  CHECK(table.columns[2].type == "numeric(10,2)");
  CHECK(table.columns[3].type == "public.\"my mood\"");
  CHECK(table.columns[3].not_null);
  CHECK(names_in(table.partition_by).contains("mood"));
}

TEST_CASE("names and lists in SQL are read with their quotes") {
  CHECK(name_parts("public.\"a\"\"b\" USING") == std::vector<std::string>{"public", "a\"b"});
  CHECK(names_in("lower((\"E mail\")::text) || 'not_a_name'").contains("E mail"));
  CHECK_FALSE(names_in("lower((\"E mail\")::text) || 'not_a_name'").contains("not_a_name"));
  CHECK(in_parentheses("x (a, (b), \"c)\") y", 0) == "a, (b), \"c)\"");
  CHECK(list_items("a, f(b, c), \"d, e\"").size() == 3);
  CHECK(TableDefinition::of("").columns.empty());
}
