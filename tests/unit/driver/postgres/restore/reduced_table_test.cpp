#include "driver/postgres/restore/reduced_table.hpp"

#include <doctest/doctest.h>

using holdfast::postgres::ReducedTable;

TEST_CASE("the defaults and constraints of a table are added one by one, and everything else stays") {
  const ReducedTable table = ReducedTable::of(
      "CREATE TABLE app.t (\n    a integer DEFAULT 1 NOT NULL,\n    \"b \"\" DEFAULT (,\n    \" text DEFAULT 'x),\n    y'::text COLLATE "
      "\"C\",\n"
      "    c boolean DEFAULT (1 IS NOT NULL),\n    d integer GENERATED ALWAYS AS ((a + 1)) STORED,\n"
      "    CONSTRAINT \"k (\" CHECK ((a > 0)) NO INHERIT\n)\nPARTITION BY RANGE (a);\n\n\nALTER TABLE ONLY app.t ALTER COLUMN a SET "
      "STATISTICS 5;\n",
      "\"app\".\"t\"");
  CHECK(table.definition ==
        "CREATE TABLE app.t (\n    a integer NOT NULL,\n    \"b \"\" DEFAULT (,\n    \" text COLLATE \"C\",\n    c boolean,\n"
        "    d integer GENERATED ALWAYS AS ((a + 1)) STORED\n)\nPARTITION BY RANGE (a);\n\n\nALTER TABLE ONLY app.t ALTER COLUMN a SET "
        "STATISTICS "
        "5;\n");
  REQUIRE(table.additions.size() == 4);
  CHECK(table.additions[0].sql == "ALTER TABLE ONLY \"app\".\"t\" ALTER COLUMN a SET DEFAULT 1");
  CHECK(table.additions[1].what == "the default of \"b \"\" DEFAULT (,\n    \"");
  CHECK(table.additions[1].sql.ends_with("SET DEFAULT 'x),\n    y'::text"));
  CHECK(table.additions[2].sql.ends_with("ALTER COLUMN c SET DEFAULT (1 IS NOT NULL)"));
  CHECK(table.additions[3].what == "the constraint \"k (\"");
  CHECK(table.additions[3].sql == "ALTER TABLE \"app\".\"t\" ADD CONSTRAINT \"k (\" CHECK ((a > 0)) NO INHERIT");
}

TEST_CASE("a table with nothing that can be added later is not reduced") {
  CHECK(ReducedTable::of("CREATE TABLE app.t (\n    a integer\n);\n", "t").additions.empty());
  CHECK(ReducedTable::of("CREATE TABLE app.t (\n);\n", "t").additions.empty());
  CHECK(ReducedTable::of("CREATE TABLE app.t (\n    CONSTRAINT c CHECK (true)\n)\nINHERITS (app.p);\n", "t").definition ==
        "CREATE TABLE app.t (\n)\nINHERITS (app.p);\n");
}
