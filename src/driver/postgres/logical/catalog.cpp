#include "driver/postgres/logical/catalog.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "base/json_tree.hpp"

namespace holdfast::postgres {

namespace {

std::string oid_list(const std::vector<TableName>& tables) {
  std::string list;
  for (const TableName& table : tables) {
    if (table.kind == 'r') list += (list.empty() ? "" : ",") + std::to_string(table.oid);
  }
  return "'{" + list + "}'::pg_catalog.oid[]";
}

// Without an encoding, the server's JSON may contain any bytes, which a JSON parser refuses.
std::vector<std::string> text_list(const std::string& json_array, const std::string& encoding) {
  const JsonTree json = parse_json(name_to_text(json_array, encoding), "the server's list of columns");
  auto list = json->get<std::vector<std::string>>();
  for (std::string& text : list) text = name_from_text(text, encoding);
  return list;
}

std::vector<RelationName> name_list(const std::string& json_array, const std::string& encoding) {
  const JsonTree json = parse_json(name_to_text(json_array, encoding), "the server's list of partitioned tables");
  auto list = json->get<std::vector<RelationName>>();
  for (auto& [schema, name] : list) {
    schema = name_from_text(schema, encoding);
    name = name_from_text(name, encoding);
  }
  return list;
}

// Returns a FROM item: c and the partitioned tables above it, as a.
std::string lineage(const Connection& connection) {
  if (connection.server_version() >= 120000) return "pg_catalog.pg_partition_ancestors(c.oid) a(relid)";
  return "(WITH RECURSIVE up(relid) AS (SELECT c.oid UNION ALL SELECT i.inhparent FROM up JOIN pg_catalog.pg_inherits i ON i.inhrelid = "
         "up.relid) SELECT relid FROM up) a(relid)";
}

// Returns JSON pairs of the partitioned tables above c.
std::string ancestors(const Connection& connection) {
  return "CASE WHEN c.relispartition THEN (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(an.nspname, ac.relname)), "
         "'[]') FROM " +
         lineage(connection) +
         " JOIN pg_catalog.pg_class ac ON ac.oid = a.relid JOIN pg_catalog.pg_namespace an ON an.oid = ac.relnamespace WHERE a.relid <> "
         "c.oid) ELSE '[]' END";
}

// Joins the extension x that created c, if any.
constexpr const char* kExtension =
    "LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0 "
    "AND d.deptype = 'e' LEFT JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid ";

// Relations with the user's data. Excludes those that an extension created, except those that it declared as
// configuration.
constexpr const char* kUsers = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND (x.oid IS NULL OR c.oid = ANY(x.extconfig)) ";

// The hash of an enum depends on the OID of its label, so rows of such partitions belong elsewhere after a restore.
// Like pg_dump, sends them through the root; columns are then in the root's order. An array, row or range may contain
// an enum; pg_dump loses these.
constexpr const char* kTableQuery = R"(
WITH moving AS (
  SELECT p.partrelid FROM pg_catalog.pg_partitioned_table p
  WHERE p.partstrat = 'h' AND EXISTS (
    SELECT 1 FROM pg_catalog.unnest(p.partclass::pg_catalog.oid[]) k(opclass)
    JOIN pg_catalog.pg_opclass o ON o.oid = k.opclass WHERE o.opcname IN ('enum_ops', 'array_ops', 'record_ops', 'range_ops', 'multirange_ops'))),
chosen AS (
  SELECT c.oid, c.relname, c.relnamespace, c.relam, c.relispartition, c.relpersistence, (SELECT a.relid FROM %LINEAGE% JOIN pg_catalog.pg_class ac ON ac.oid = a.relid
      WHERE c.relispartition AND NOT ac.relispartition AND EXISTS (
        SELECT 1 FROM %LINEAGE% JOIN moving m ON m.partrelid = a.relid)) AS root
  FROM pg_catalog.pg_class c WHERE c.oid = ANY(%OIDS%))
SELECT c.oid, n.nspname, c.relname,
  (SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_catalog.pg_attribute a
   WHERE a.attrelid = coalesce(c.root, c.oid) AND a.attnum > 0 AND NOT a.attisdropped %STORED%),
  coalesce(am.amname, ''),
  pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::pg_catalog.int8,
  pg_catalog.pg_table_size(c.oid),
  coalesce(x.extname, ''), coalesce(x.extcondition[pg_catalog.array_position(x.extconfig, c.oid)], ''),
  coalesce(rn.nspname, ''), coalesce(r.relname, ''), %ANCESTORS%,
  c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery()
FROM chosen c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
%EXTENSION%
LEFT JOIN pg_catalog.pg_class r ON r.oid = c.root
LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
ORDER BY n.nspname, c.relname)";

std::vector<Table> read_tables(Connection& connection, const std::vector<TableName>& chosen) {
  std::string sql = kTableQuery;
  const auto fill_in = [&](std::string_view mark, const std::string& text) {
    for (std::size_t at = 0; (at = sql.find(mark, at)) != std::string::npos; at += text.size()) sql.replace(at, mark.size(), text);
  };
  fill_in("%OIDS%", oid_list(chosen));
  fill_in("%LINEAGE%", lineage(connection));
  fill_in("%ANCESTORS%", ancestors(connection));
  fill_in("%EXTENSION%", kExtension);
  fill_in("%STORED%", connection.server_version() >= 120000 ? "AND a.attgenerated = ''" : "");
  const Rows rows = connection.query(sql);
  std::vector<Table> tables;
  for (int row = 0; row < rows.size(); ++row) {
    Table table;
    table.oid = static_cast<std::uint32_t>(rows.number(row, 0));
    table.schema = rows.text(row, 1);
    table.name = rows.text(row, 2);
    table.columns = text_list(rows.text(row, 3), connection.encoding());
    table.ranges = rows.text(row, 4) == "heap" && connection.server_version() >= 140000;
    table.pages = rows.number(row, 5);
    table.bytes = rows.number(row, 6);
    table.extension = rows.text(row, 7);
    table.filter = rows.text(row, 8);
    table.root_schema = rows.text(row, 9);
    table.root = rows.text(row, 10);
    table.ancestors = name_list(rows.text(row, 11), connection.encoding());
    table.unreadable = rows.flag(row, 12);
    tables.push_back(std::move(table));
  }
  return tables;
}

// Includes views between materialized views, so that edges run over both. A depth-first search gives the order.
std::vector<MaterializedView> read_materialized_views(Connection& connection) {
  const Rows views = connection.query(
      "SELECT c.oid, n.nspname, c.relname, c.relispopulated, c.relkind FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid "
      "= "
      "c.relnamespace WHERE c.relkind IN ('m', 'v') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (SELECT 1 "
      "FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e') "
      "ORDER BY 2, 3");
  const Rows edges = connection.query(
      "SELECT DISTINCT r.ev_class, d.refobjid FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_depend d ON d.classid = "
      "'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND "
      "d.refobjid <> r.ev_class");
  std::map<std::uint64_t, std::vector<std::uint64_t>> needs;
  for (int row = 0; row < edges.size(); ++row) needs[edges.number(row, 0)].push_back(edges.number(row, 1));
  std::map<std::uint64_t, int> row_of;
  for (int row = 0; row < views.size(); ++row) row_of[views.number(row, 0)] = row;

  std::vector<MaterializedView> ordered;
  std::set<std::uint64_t> seen;
  const std::function<void(std::uint64_t)> visit = [&](std::uint64_t oid) {
    const auto found = row_of.find(oid);
    if (found == row_of.end() || !seen.insert(oid).second) return;
    for (const std::uint64_t needed : needs[oid]) visit(needed);
    const int row = found->second;
    if (views.text(row, 4) == "m") ordered.push_back({views.text(row, 1), views.text(row, 2), views.flag(row, 3)});
  };
  for (int row = 0; row < views.size(); ++row) visit(views.number(row, 0));
  return ordered;
}

// The statements of `pg_dump --create` for the database itself, without its name: a restore may use another.
constexpr const char* kSetupQuery = R"(
WITH this AS (SELECT oid, datdba, datacl, datconnlimit FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
SELECT coalesce(pg_catalog.string_agg(line, E'\n' ORDER BY rank, place, line), '') FROM (
  SELECT 1 AS rank, 'COMMENT ON DATABASE %DATABASE% IS ' || pg_catalog.quote_literal(s.description) || ';' AS line, 0 AS place
  FROM pg_catalog.pg_shdescription s JOIN pg_catalog.pg_database d ON d.oid = s.objoid
  WHERE s.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass AND d.datname = pg_catalog.current_database()
  UNION ALL
  SELECT 2, CASE WHEN s.setrole = 0 THEN 'ALTER DATABASE %DATABASE%'
    ELSE 'ALTER ROLE ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.setrole)) || ' IN DATABASE %DATABASE%' END
    || ' SET ' || pg_catalog.quote_ident(pg_catalog.split_part(c.item, '=', 1)) || ' TO '
    || CASE WHEN pg_catalog.lower(pg_catalog.split_part(c.item, '=', 1)) IN ('search_path', 'temp_tablespaces', 'session_preload_libraries',
         'local_preload_libraries') THEN pg_catalog.substr(c.item, pg_catalog.strpos(c.item, '=') + 1)
       ELSE pg_catalog.quote_literal(pg_catalog.substr(c.item, pg_catalog.strpos(c.item, '=') + 1)) END || ';', 0
  FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) c(item)
  WHERE d.datname = pg_catalog.current_database()
  UNION ALL
  SELECT 3, 'ALTER DATABASE %DATABASE% CONNECTION LIMIT ' || datconnlimit || ';', 0 FROM this WHERE datconnlimit >= 0
  UNION ALL
  SELECT 4, 'SECURITY LABEL FOR ' || pg_catalog.quote_ident(l.provider) || ' ON DATABASE %DATABASE% IS ' || pg_catalog.quote_literal(l.label) || ';', 0
  FROM pg_catalog.pg_shseclabel l JOIN this ON l.objoid = this.oid WHERE l.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
  UNION ALL
  SELECT 5, 'REVOKE ' || r.name || ' ON DATABASE %DATABASE% FROM PUBLIC;', 0
  FROM this, (VALUES ('TEMPORARY'), ('CONNECT')) r(name) WHERE datacl IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.aclexplode(datacl) a WHERE a.grantee = 0 AND a.privilege_type = r.name)
  UNION ALL
  SELECT 6, CASE WHEN a.grantor = datdba THEN '' ELSE 'SET SESSION AUTHORIZATION ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantor)) || E';\n' END
    || 'GRANT ' || a.privilege_type || ' ON DATABASE %DATABASE% TO '
    || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END
    || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION;' ELSE ';' END
    || CASE WHEN a.grantor = datdba THEN '' ELSE E'\nRESET SESSION AUTHORIZATION;' END, a.place
  FROM this, pg_catalog.aclexplode(datacl) WITH ORDINALITY a(grantor, grantee, privilege_type, is_grantable, place) WHERE a.grantee <> datdba
  UNION ALL
  SELECT 7, 'ALTER DATABASE %DATABASE% OWNER TO ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(datdba)) || ';', 0 FROM this
  UNION ALL
  SELECT 8, 'REVOKE ' || r.name || ' ON DATABASE %DATABASE% FROM ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(datdba)) || ';', 0
  FROM this, (VALUES ('CREATE'), ('TEMPORARY'), ('CONNECT')) r(name) WHERE datacl IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.aclexplode(datacl) a WHERE a.grantee = datdba AND a.privilege_type = r.name)) lines)";

}  // namespace

std::string read_database_setup(Connection& connection) { return connection.value(kSetupQuery); }

void read_database(Connection& connection, Catalog& catalog) {
  const bool has_icu = connection.server_version() >= 150000;
  const std::string locale_column = connection.server_version() >= 170000 ? "datlocale" : "daticulocale";
  const Rows row = connection.query("SELECT datname, pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype, " +
                                    (has_icu ? "datlocprovider, coalesce(" + locale_column + ", '')" : std::string("'c', ''")) +
                                    ", CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE "
                                    "pg_catalog.pg_current_wal_lsn() END, pg_catalog.pg_get_userbyid(10) "
                                    "FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()");
  catalog.server_version = connection.server_version();
  catalog.server_version_text = connection.server_version_text();
  catalog.database = row.text(0, 0);
  catalog.encoding = row.text(0, 1);
  catalog.collate = row.text(0, 2);
  catalog.ctype = row.text(0, 3);
  catalog.provider = row.text(0, 4);
  catalog.icu_locale = row.text(0, 5);
  catalog.wal_position = row.text(0, 6);
  catalog.bootstrap_role = row.text(0, 7);
  catalog.database_setup = read_database_setup(connection);
}

std::uint64_t Catalog::rows() const {
  std::uint64_t total = 0;
  for (const Table& table : tables) total += table.proof.rows;
  return total;
}

std::vector<TableName> list_tables(Connection& connection) {
  const Rows rows = connection.query(
      "SELECT c.oid, n.nspname, c.relname, c.relkind, coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND "
      "pg_catalog.has_table_privilege(c.oid, 'SELECT'), true), coalesce(c.relrowsecurity AND pg_catalog.row_security_active(c.oid), "
      "false), " +
      ancestors(connection) + " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace " + kExtension +
      "WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND " + kUsers + "ORDER BY c.oid");
  std::vector<TableName> tables;
  for (int row = 0; row < rows.size(); ++row) {
    tables.push_back({static_cast<std::uint32_t>(rows.number(row, 0)), rows.text(row, 1), rows.text(row, 2), rows.text(row, 3).at(0),
                      rows.flag(row, 4), rows.flag(row, 5), name_list(rows.text(row, 6), connection.encoding())});
  }
  return tables;
}

std::vector<Sequence> read_sequences(Connection& connection, bool skip_unreadable) {
  const Rows names = connection.query(
      std::string(
          "SELECT n.nspname, c.relname, pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_sequence_privilege(c.oid, "
          "'SELECT'), coalesce(x.extname, '') FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace ") +
      kExtension +
      "WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery()) "
      "AND " +
      kUsers + "ORDER BY 1, 2");
  std::vector<Sequence> sequences;
  for (int row = 0; row < names.size(); ++row) {
    if (!names.flag(row, 2)) {
      if (skip_unreadable) continue;
      throw Error(ErrorCode::permission_denied, "no privilege to read sequence " + qualified(names.text(row, 0), names.text(row, 1)) +
                                                    ": grant SELECT on it, or back up as another role");
    }
    sequences.push_back({names.text(row, 0), names.text(row, 1), "", false, names.text(row, 3)});
  }
  constexpr std::size_t kBatch = 500;  // one statement per sequence would need one round trip each
  for (std::size_t start = 0; start < sequences.size(); start += kBatch) {
    const std::size_t end = std::min(sequences.size(), start + kBatch);
    std::string sql;
    for (std::size_t at = start; at < end; ++at) {
      sql += (at == start ? "SELECT " : " UNION ALL SELECT ") + std::to_string(at) + ", last_value, is_called FROM " +
             qualified(sequences[at].schema, sequences[at].name);
    }
    const Rows values = connection.query(sql);
    for (int row = 0; row < values.size(); ++row) {
      Sequence& sequence = sequences.at(values.number(row, 0));
      sequence.last_value = values.text(row, 1);
      sequence.is_called = values.flag(row, 2);
    }
  }
  return sequences;
}

Catalog read_catalog(Connection& connection, const std::vector<TableName>& chosen, bool whole) {
  Catalog catalog;
  read_database(connection, catalog);
  catalog.tables = read_tables(connection, chosen);
  catalog.sequences = read_sequences(connection, !whole);
  catalog.materialized_views = read_materialized_views(connection);
  const Rows extensions = connection.query(
      "SELECT extname, extversion, nspname FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = extnamespace ORDER BY "
      "1");
  for (int row = 0; row < extensions.size(); ++row) {
    catalog.extensions.emplace_back(extensions.text(row, 0), extensions.text(row, 1));
    if (extensions.text(row, 2) != "pg_catalog") catalog.extension_schemas.insert(extensions.text(row, 2));
  }
  return catalog;
}

void count_large_objects(Connection& connection, Catalog& catalog) {
  const Rows size = connection.query(
      "SELECT (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata), pg_catalog.pg_table_size('pg_catalog.pg_largeobject')");
  catalog.large_objects.objects = size.number(0, 0);
  catalog.large_objects.bytes = size.number(0, 1);
}

}  // namespace holdfast::postgres
