#include "driver/postgres/logical/unneeded.hpp"

namespace holdfast::postgres {

namespace {

// Follows dependencies from the chosen tables, and from functions: the server locks the tables in a function's SQL body
// when it prints the body, and pg_dump can't leave out a function. A table includes everything that belongs to it,
// except foreign keys: a report only names their targets. A partitioned table includes its partitions, because a
// restore asks which of them it has.
// The server also locks the tables of a view that it prints, and pg_dump has the server open a table whose sequence it
// writes, so the views and sequences of unneeded tables are left out, too.
constexpr const char* kUnneededQuery = R"(
WITH RECURSIVE needed(class, object) AS (
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, c.oid FROM pg_catalog.unnest(%CHOSEN%) c(oid)
  UNION
  SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
  WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  %USERS%
  UNION
  SELECT next.class, next.object FROM needed CROSS JOIN LATERAL (
    SELECT refclassid, refobjid FROM pg_catalog.pg_depend WHERE classid = needed.class AND objid = needed.object
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, oid FROM pg_catalog.pg_constraint
    WHERE contypid = needed.object AND needed.class = 'pg_catalog.pg_type'::pg_catalog.regclass
    UNION ALL
    SELECT part.class, part.object FROM (
      SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, oid FROM pg_catalog.pg_constraint
      WHERE conrelid = needed.object AND contype <> 'f'
      UNION ALL
      SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, oid FROM pg_catalog.pg_attrdef WHERE adrelid = needed.object
      UNION ALL
      SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, oid FROM pg_catalog.pg_trigger WHERE tgrelid = needed.object AND NOT tgisinternal
      UNION ALL
      SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, oid FROM pg_catalog.pg_rewrite WHERE ev_class = needed.object
      UNION ALL
      SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, oid FROM pg_catalog.pg_policy WHERE polrelid = needed.object
      UNION ALL
      SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, oid FROM pg_catalog.pg_statistic_ext WHERE stxrelid = needed.object
      UNION ALL
      SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, indexrelid FROM pg_catalog.pg_index WHERE indrelid = needed.object
      UNION ALL
      SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, i.inhrelid FROM pg_catalog.pg_inherits i
      JOIN pg_catalog.pg_class p ON p.oid = i.inhrelid WHERE i.inhparent = needed.object AND p.relispartition
    ) part(class, object) WHERE needed.class = 'pg_catalog.pg_class'::pg_catalog.regclass
  ) next(class, object)),
named(oid) AS (
  SELECT f.confrelid FROM pg_catalog.pg_constraint f JOIN needed ON needed.object = f.conrelid
    AND needed.class = 'pg_catalog.pg_class'::pg_catalog.regclass WHERE f.contype = 'f'
  UNION
  SELECT i.inhrelid FROM named JOIN pg_catalog.pg_inherits i ON i.inhparent = named.oid
  JOIN pg_catalog.pg_class p ON p.oid = i.inhrelid WHERE p.relispartition),
kept(oid) AS (
  SELECT object FROM needed WHERE class = 'pg_catalog.pg_class'::pg_catalog.regclass UNION SELECT oid FROM named),
unneeded(oid) AS (
  SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.oid NOT IN (SELECT oid FROM kept)
  UNION
  SELECT v.oid FROM unneeded JOIN pg_catalog.pg_depend d ON d.refobjid = unneeded.oid
    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  LEFT JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
  JOIN pg_catalog.pg_class v ON v.oid = CASE d.classid WHEN 'pg_catalog.pg_rewrite'::pg_catalog.regclass THEN r.ev_class
    WHEN 'pg_catalog.pg_class'::pg_catalog.regclass THEN d.objid END
  WHERE v.relkind IN ('v', 'm', 'S') AND v.oid NOT IN (SELECT oid FROM kept))
SELECT n.nspname, c.relname FROM unneeded JOIN pg_catalog.pg_class c ON c.oid = unneeded.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2)";

// A restore of everything but some tables names the views and other objects that it leaves out because they need one of
// these, so such a table stays in the archive.
constexpr const char* kUsersOfTables = R"(
  UNION
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, oid FROM pg_catalog.pg_class WHERE relkind IN ('v', 'm', 'f', 'c')
  UNION
  SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid FROM pg_catalog.pg_type WHERE typtype = 'd'
  UNION
  SELECT classid, objid FROM pg_catalog.pg_depend
  WHERE classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass)";

void replace_mark(std::string& sql, std::string_view mark, const std::string& text) { sql.replace(sql.find(mark), mark.size(), text); }

// Takes relations sorted by schema. Joins many names into one pattern, because pg_dump runs a query for each.
std::vector<std::string> exclude_options(const std::vector<RelationName>& relations) {
  constexpr std::size_t kPatternBytes = 4000;   // a longer pattern is too complex for the server
  constexpr std::size_t kTotalBytes = 1 << 20;  // the system's limit for all arguments is 2 MiB; the rest is locked
  std::vector<std::string> options;
  std::size_t total = 0;
  for (std::size_t at = 0; at < relations.size() && total < kTotalBytes;) {
    const std::string& schema = relations[at].first;
    std::string names;
    for (; at < relations.size() && relations[at].first == schema && names.size() < kPatternBytes; ++at) {
      names += (names.empty() ? "" : "|") + quote_identifier(relations[at].second);
    }
    options.push_back("--exclude-table=" + quote_identifier(schema) + ".(" + names + ")");
    total += options.back().size();
  }
  return options;
}

}  // namespace

std::vector<std::string> leave_out_unneeded(Connection& connection, const std::vector<TableName>& chosen, bool only_named) {
  std::string list;
  for (const TableName& table : chosen) list += (list.empty() ? "" : ",") + std::to_string(table.oid);
  std::string sql = kUnneededQuery;
  replace_mark(sql, "%CHOSEN%", "'{" + list + "}'::pg_catalog.oid[]");
  replace_mark(sql, "%USERS%", only_named ? "" : kUsersOfTables);
  const Rows rows = connection.query(sql);
  std::vector<RelationName> relations;
  for (int row = 0; row < rows.size(); ++row) relations.emplace_back(rows.text(row, 0), rows.text(row, 1));
  return exclude_options(relations);
}

}  // namespace holdfast::postgres
