#include "driver/postgres/logical/shortcomings.hpp"

#include <sstream>

#include "driver/postgres/client/names.hpp"

namespace holdfast::postgres {

namespace {

std::string unlogged_on_standby(const Catalog& catalog) {
  std::string names;
  for (const Table& table : catalog.tables) {
    if (table.unreadable) names += (names.empty() ? "" : ", ") + qualified(table.schema, table.name);
  }
  return names;
}

std::string tables_with_oids(Connection& leader) {
  if (leader.server_version() >= 120000) return "";
  return leader.value(
      "SELECT coalesce(pg_catalog.string_agg(c.oid::pg_catalog.regclass::pg_catalog.text, ', '), '') FROM pg_catalog.pg_class c JOIN "
      "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relhasoids AND n.nspname !~ '^pg_' AND n.nspname <> "
      "'information_schema'");
}

// The server shows the options of a mapping, which hold passwords, to few.
std::string mappings_with_hidden_options(Connection& leader) {
  return leader.value(
      "SELECT coalesce(pg_catalog.string_agg(pg_catalog.quote_ident(coalesce(m.usename, 'public')) || ' on ' || "
      "pg_catalog.quote_ident(m.srvname), ', ' ORDER BY m.srvname, m.usename), '') FROM pg_catalog.pg_user_mappings m JOIN "
      "pg_catalog.pg_foreign_server s ON s.oid = m.srvid WHERE m.umoptions IS NULL AND NOT CASE WHEN m.umuser = 0 THEN "
      "pg_catalog.pg_has_role(s.srvowner, 'USAGE') ELSE m.usename = current_user AND (pg_catalog.pg_has_role(s.srvowner, 'USAGE') OR "
      "pg_catalog.has_server_privilege(s.oid, 'USAGE')) END");
}

}  // namespace

void Shortcomings::add(const std::string& what) {
  context_.warn(what);
  text_ += (text_.empty() ? "" : "; ") + what;
}

// Their own lines begin with their name; others are notices of the server, which its event triggers may raise.
void Shortcomings::add_from_tool(const std::string& errors) {
  std::istringstream lines(errors);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("pg_dump")) continue;
    const bool lost = line.find(" not dumped") != std::string::npos || line.find(" could not be dumped") != std::string::npos;
    if (lost) {
      add(line);
    } else {
      context_.warn(line);
    }
  }
}

void Shortcomings::find(Connection& leader, const Catalog& catalog, bool superuser) {
  if (const std::string names = tables_with_oids(leader); !names.empty())
    add("tables WITH OIDS are backed up without their oids, which no newer server has: " + names);
  if (!superuser && !catalog.narrowed) {
    if (const std::string names = mappings_with_hidden_options(leader); !names.empty())
      add("the options of these user mappings can't be read by this role, and are not in the backup: " + names);
  }
  if (const std::string names = unlogged_on_standby(catalog); !names.empty())
    add("the server is a standby, which has no rows of unlogged tables; these will be empty: " + names);
}

}  // namespace holdfast::postgres
