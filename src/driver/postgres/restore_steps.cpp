#include "driver/postgres/restore_steps.hpp"

#include "driver/postgres/names.hpp"

namespace holdfast::postgres {

namespace {

constexpr const char* kPsql = "psql -X -q -o /dev/null -v ON_ERROR_STOP=1 -d \"$TARGET\"";

std::string psql_commands(std::initializer_list<std::string> commands) {
  std::string line = kPsql;
  for (const std::string& command : commands) line += " -c " + quote_shell(command);
  return line;
}

}  // namespace

// Roles that exist already are not an error, so this step goes on.
std::string globals_restore_step() { return "psql -X -q -d \"$TARGET\" -o /dev/null 2>\"$WORK/globals.log\" || true"; }

// The same archive is needed again after the rows, for indexes and constraints.
std::string schema_restore_step() { return "tee \"$WORK/schema.dump\" | pg_restore --exit-on-error --section=pre-data -d \"$TARGET\""; }

std::string copy_restore_step(const Stream& stream, const Catalog& catalog) {
  if (stream.table != nullptr) return psql_commands({copy_in_sql(*stream.table, catalog.encoding, false)});
  if (stream.entry == kLargeObjectNames) return psql_commands({kLoadNamesTable, kLoadNamesCopy, load_names_apply(true)});
  // Contents may come before their names here: put them by and load them last.
  return "cat >> \"$WORK/large_objects.copy\"";
}

std::string finish_restore_step() {
  return "cat > \"$WORK/finish.sql\"\n"
         "[ ! -e \"$WORK/large_objects.copy\" ] || " +
         psql_commands({kLoadContentsTable, kLoadContentsCopy, kLoadContentsApply}) +
         " < \"$WORK/large_objects.copy\"\n"
         "pg_restore --exit-on-error --section=post-data -d \"$TARGET\" \"$WORK/schema.dump\"\n" +
         kPsql + " -f \"$WORK/finish.sql\"";
}

std::string set_sequence_sql(const Sequence& sequence) {
  return "SELECT pg_catalog.setval(" + quote_literal(qualified(sequence.schema, sequence.name)) + ", " + sequence.last_value + ", " +
         (sequence.is_called ? "true" : "false") + ");";
}

std::string refresh_sql(const MaterializedView& view) { return "REFRESH MATERIALIZED VIEW " + qualified(view.schema, view.name) + ";"; }

std::string finish_sql(const Catalog& catalog) {
  std::string sql = "SELECT pg_catalog.set_config('search_path', '', false);\n";
  for (const Sequence& sequence : catalog.sequences) sql += set_sequence_sql(sequence) + "\n";
  for (const MaterializedView& view : catalog.materialized_views) {
    if (view.populated) sql += refresh_sql(view) + "\n";
  }
  return sql;
}

}  // namespace holdfast::postgres
