#include "driver/postgres/logical/large_object_load.hpp"

#include <fmt/format.h>

#include "driver/postgres/client/names.hpp"

namespace holdfast::postgres {

namespace {

constexpr int kObjectsAtOnce = 500;

std::string make_objects(bool with_owner) {
  return std::string(
             "LOOP IF NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid = item.id) THEN PERFORM "
             "pg_catalog.lo_create(item.id); END IF; IF item.comment <> '' THEN EXECUTE pg_catalog.format('COMMENT ON LARGE OBJECT %s "
             "IS %L', item.id, item.comment); END IF; ") +
         (with_owner
              ? "EXECUTE pg_catalog.format('ALTER LARGE OBJECT %s OWNER TO %I', item.id, item.owner); IF item.grants <> '' THEN EXECUTE "
                "item.grants; END IF; "
              : "") +
         "END LOOP; END $holdfast$";
}

}  // namespace

// No column is called oid: up to PostgreSQL 11 every table has a system column of that name.
LargeObjectLoad load_names(bool with_owner) {
  return {.table =
              "CREATE TEMPORARY TABLE holdfast_names (id pg_catalog.oid, comment pg_catalog.text, owner pg_catalog.text, grants "
              "pg_catalog.text, rank pg_catalog.int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
          .copy = "COPY pg_temp.holdfast_names (id, comment, owner, grants) FROM STDIN",
          .apply = fmt::format(
              "SELECT 'DO $holdfast$ DECLARE item record; BEGIN FOR item IN SELECT * FROM pg_temp.holdfast_names WHERE rank >= ' || n || "
              "' AND rank < ' || n + {0} || {1} FROM pg_catalog.generate_series(1, (SELECT pg_catalog.max(rank) FROM "
              "pg_temp.holdfast_names), {0}) n",
              kObjectsAtOnce, quote_literal(" " + make_objects(with_owner))),
          .drop = "DROP TABLE IF EXISTS pg_temp.holdfast_names"};
}

LargeObjectLoad load_contents() {
  return {.table = "CREATE TEMPORARY TABLE holdfast_contents (id pg_catalog.oid, start pg_catalog.int8, data pg_catalog.bytea)",
          .copy = "COPY pg_temp.holdfast_contents FROM STDIN",
          .apply =
              "SELECT 'SELECT pg_catalog.count(*) FROM (SELECT pg_catalog.lo_put(id, start, data) FROM pg_temp.holdfast_contents "
              "OFFSET 0) done'",
          .drop = "DROP TABLE IF EXISTS pg_temp.holdfast_contents"};
}

void apply_load(Connection& connection, const LargeObjectLoad& load) {
  const Rows statements = connection.query(load.apply);
  for (int row = 0; row < statements.size(); ++row) connection.query(statements.text(row, 0), Wait::unlimited);
  connection.query(load.drop);
}

std::string psql_before(const LargeObjectLoad& load) { return load.table + ";\n" + load.copy + ";\n"; }

std::string psql_after(const LargeObjectLoad& load) { return "\\.\n" + load.apply + "\n\\gexec\n" + load.drop + ";\n"; }

}  // namespace holdfast::postgres
