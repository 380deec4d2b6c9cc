#include "driver/postgres/logical/restore_steps.hpp"

#include "base/words.hpp"
#include "driver/postgres/client/names.hpp"
#include "driver/postgres/logical/large_object_load.hpp"
#include "driver/postgres/logical/search_path.hpp"

namespace holdfast::postgres {

namespace {

// Names in commands have the backup's encoding, independent of the target's own.
std::string psql(const Catalog& catalog, bool stop = true) {
  return "PGCLIENTENCODING=" + session_encoding(catalog.encoding) + " psql -X -q -o /dev/null " + (stop ? "-v ON_ERROR_STOP=1 " : "") +
         "-d \"$TARGET\"";
}

// Loads rows that `rows` prints, usually `cat`.
std::string load_large_objects(const Catalog& catalog, const LargeObjectLoad& load, const std::string& rows) {
  return "{ printf %s " + quote_shell(psql_before(load)) + "; " + rows + "; printf %s " + quote_shell(psql_after(load)) + "; } | " +
         psql(catalog);
}

std::string set_search_path(const Catalog& catalog) {
  return "SET search_path TO " + search_path_with(catalog, catalog.extension_schemas) + ";";
}

// Carries out a section of the archive with the source's search path: the line with which pg_restore sets none is
// removed. The schema of a partial backup has objects whose rows are missing: those that need them fail, and the rest
// continues.
std::string run_section(const Catalog& catalog, const std::string& section) {
  const std::string sql = "\"$WORK/" + section + ".sql\"", log = "\"$WORK/" + section + ".log\"";
  const std::string line = "/^SELECT pg_catalog\\.set_config('search_path', '', false);$/";
  const std::string run = "LC_ALL=C sed " + quote_shell("1," + line + "{" + line + "d;}") + " " + sql + " | " +
                          psql(catalog, !catalog.partial()) + " -c " + quote_shell(set_search_path(catalog)) + " -f -";
  const std::string prepare = "pg_restore --section=" + section + " -f " + sql + " \"$WORK/schema.dump\"\n";
  if (!catalog.partial()) return prepare + run;
  return prepare + run + " 2>" + log + " || { cat " + log + " >&2; exit 1; }\nif [ -s " + log + " ]; then cat " + log +
         "; echo 'left out: objects that need a table which this backup lacks'; fi >&2";
}

}  // namespace

// Works like a restore by the library: leaves existing roles unchanged, creates missing ones with everything that
// belongs to them, and continues after a statement that the server refuses. psql quotes the text and the server splits
// it: nothing in a comment or name is executed.
std::string globals_restore_step() {
  return R"(cat > "$WORK/globals.sql"
PGCLIENTENCODING=$(sed -n "s/^SET client_encoding = '\(.*\)';$/\1/p" "$WORK/globals.sql")
export PGCLIENTENCODING
psql -X -q -o /dev/null -d "$TARGET" 2>"$WORK/globals.log" <<'SQL' || true
\set text `cat "$WORK/globals.sql"`
SELECT CASE WHEN statement ~ '^GRANT ' THEN pg_catalog.regexp_replace(statement, ' GRANTED BY .*$', '') ELSE statement END FROM (
  SELECT rank, pg_catalog.regexp_replace(piece[1], $$^(\s|--[^\n]*\n|\\[^\n]*\n)+$$, '') AS statement
  FROM pg_catalog.regexp_matches(:'text', $$((?:[^'";-]|-(?!-)|--[^\n]*\n|'[^']*'|"[^"]*")+);$$, 'g') WITH ORDINALITY p(piece, rank)) statements
WHERE statement ~ '^(CREATE ROLE|ALTER ROLE|COMMENT ON ROLE|GRANT) ' AND NOT EXISTS (
  SELECT 1 FROM pg_catalog.pg_roles, pg_catalog.quote_ident(rolname) role
  WHERE statement = 'CREATE ROLE ' || role OR pg_catalog.strpos(statement, 'ALTER ROLE ' || role || ' ') = 1
     OR pg_catalog.strpos(statement, 'COMMENT ON ROLE ' || role || ' ') = 1
     OR statement ~ '^GRANT ' AND pg_catalog.strpos(statement || ' ', ' TO ' || role || ' ') > 0)
ORDER BY rank
\gexec
SQL)";
}

// The same archive is needed again after the rows, for indexes and constraints.
std::string schema_restore_step(const Catalog& catalog) { return "cat > \"$WORK/schema.dump\"\n" + run_section(catalog, "pre-data"); }

std::string copy_restore_step(const Stream& stream, const Catalog& catalog) {
  if (stream.table != nullptr) {
    return psql(catalog) + " -c " + quote_shell(set_search_path(catalog)) + " -c " +
           quote_shell(copy_in_sql(*stream.table, catalog.encoding, false));
  }
  if (stream.entry == kLargeObjectNames) return load_large_objects(catalog, load_names(true), "cat");
  // Contents may come before their names here: collects them and loads them last.
  return "cat >> \"$WORK/large_objects.copy\"";
}

std::string finish_restore_step(const Catalog& catalog) {
  return "cat > \"$WORK/finish.sql\"\n[ ! -e \"$WORK/large_objects.copy\" ] || " +
         load_large_objects(catalog, load_contents(), "cat \"$WORK/large_objects.copy\"") + "\n" + run_section(catalog, "post-data") +
         "\n" + psql(catalog, !catalog.partial()) + " -f \"$WORK/finish.sql\"";
}

std::string set_sequence_sql(const Sequence& sequence) {
  return "SELECT pg_catalog.setval(" + quote_literal(qualified(sequence.schema, sequence.name)) + ", " + sequence.last_value + ", " +
         (sequence.is_called ? "true" : "false") + ");";
}

std::string refresh_sql(const MaterializedView& view) { return "REFRESH MATERIALIZED VIEW " + qualified(view.schema, view.name) + ";"; }

std::string finish_sql(const Catalog& catalog) {
  std::string sql = set_search_path(catalog) + "\n";
  for (const Sequence& sequence : catalog.sequences) sql += set_sequence_sql(sequence) + "\n";
  for (const MaterializedView& view : catalog.materialized_views) {
    if (view.populated) sql += refresh_sql(view) + "\n";
  }
  return sql;
}

}  // namespace holdfast::postgres
