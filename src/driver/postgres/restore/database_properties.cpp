#include "driver/postgres/restore/database_properties.hpp"

#include <algorithm>

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/statements.hpp"

namespace holdfast::postgres {

namespace {

constexpr std::string_view kPlaceholder = "%DATABASE%";

bool is_grant(const std::string& statement) {
  return statement.starts_with("GRANT ") || statement.starts_with("REVOKE ") || statement.ends_with(" SESSION AUTHORIZATION") ||
         statement.starts_with("SET SESSION AUTHORIZATION ");
}

constexpr std::string_view kOwnerTo = "ALTER DATABASE %DATABASE% OWNER TO ";

bool is_owner(const std::string& statement) { return statement.starts_with(kOwnerTo); }

std::string owner_in(const std::string& statement) {
  std::size_t at = kOwnerTo.size();
  return take_identifier(statement, at);
}

std::string named(std::string sql, const std::string& database) {
  if (const auto at = sql.find(kPlaceholder); at != std::string::npos) sql.replace(at, kPlaceholder.size(), quote_identifier(database));
  return sql;
}

}  // namespace

DatabaseProperties::DatabaseProperties(const Catalog& catalog, bool with_owner, bool with_grants)
    : statements_(split_statements(catalog.database_setup)) {
  if (!with_owner) std::erase_if(statements_, is_owner);
  if (!with_owner || !with_grants) std::erase_if(statements_, is_grant);
}

std::vector<std::string> DatabaseProperties::apply(Connection& connection, BorrowedRights& rights) const {
  std::vector<std::string> refused;
  for (const std::string& statement : statements_) {
    if (is_owner(statement)) rights.join(owner_in(statement));
    const std::string sql = named(statement, connection.database());
    try {
      connection.query(sql);
    } catch (const ServerError& error) {
      refused.push_back("a property of the database could not be restored (" + sql + "): " + error.said().text);
    }
  }
  return refused;
}

std::vector<std::string> DatabaseProperties::differences(Connection& connection) const {
  const std::vector<std::string> present = split_statements(read_database_setup(connection));
  std::string missing;
  for (const std::string& statement : statements_) {
    if (std::ranges::find(present, statement) != present.end()) continue;
    missing += (missing.empty() ? "" : "; ") + named(statement, connection.database());
  }
  if (missing.empty()) return {};
  return {"database " + quote_identifier(connection.database()) +
          " existed before the restore and keeps its own properties; the backup's differ: " + missing};
}

}  // namespace holdfast::postgres
