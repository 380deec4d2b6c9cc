#include "driver/postgres/restore/role_map.hpp"

#include <algorithm>
#include <array>

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/statements.hpp"
#include "driver/postgres/restore/role_lists.hpp"
#include "holdfast/error.hpp"

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

namespace {

// What precedes names of roles.
constexpr std::array<std::string_view, 7> kBeforeRoles = {
    " TO ", " FROM ", "SESSION AUTHORIZATION ", "FOR ROLE ", "MAPPING FOR ", "GRANTED BY ", "ALTER ROLE "};

// Of the grants of large objects; see streams.cpp.
constexpr std::array<std::pair<const char*, const char*>, 4> kAroundRoles = {
    {{" TO ", ";"}, {" TO ", " WITH GRANT OPTION;"}, {" FROM ", ";"}, {"SESSION AUTHORIZATION ", ";"}}};

// The definitions of other kinds name no role.
bool names_roles(const TocEntry& entry) {
  const std::string_view desc = view(entry.desc);
  return desc.ends_with("ACL") || desc == "POLICY" || desc == "USER MAPPING";
}

std::string take_name(const std::string& text, std::size_t& at) {
  at = std::min(text.find_first_not_of(' ', at), text.size());
  if (at < text.size() && text[at] == '"') return take_identifier(text, at);
  const std::size_t begin = at;
  at = std::min(text.find_first_of(",=", at), text.size());
  return text.substr(begin, at - begin);
}

bool exists(Connection& connection, const std::string& role) {
  return connection.query("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", {role}).size() != 0;
}

}  // namespace

RoleMap RoleMap::parse(const std::string& text) {
  std::map<std::string, std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    const std::string from = take_name(text, at);
    const bool pair = at < text.size() && text[at++] == '=';
    const std::string to = take_name(text, at);
    const bool ends = at >= text.size() || text[at++] == ',';
    if (!pair || !ends || from.empty() || to.empty() || !names.emplace(from, to).second) {
      throw Error(ErrorCode::invalid_argument,
                  "roles are mapped as OLD=NEW,OLD=NEW, each once, with names quoted as in SQL if need be, not as '" + text + "'");
    }
  }
  return RoleMap(std::move(names));
}

RoleMap::RoleMap(std::map<std::string, std::string> names) : names_(std::move(names)) {
  for (const auto& [from, to] : names_) {
    written_[from] = quote_identifier(to);
    if (!names_.contains(to)) continue;
    throw Error(ErrorCode::invalid_argument,
                "role " + quote_identifier(to) + ", to which " + quote_identifier(from) + " is mapped, is mapped itself");
  }
}

void RoleMap::write_as(Connection& connection) {
  for (const auto& [from, to] : names_) written_[from] = connection.query("SELECT pg_catalog.quote_ident($1)", {to}).text(0, 0);
}

std::string RoleMap::renamed_in(std::string_view statement) const {
  const auto rename = [&](std::vector<std::string>& roles) {
    for (std::string& role : roles) {
      std::size_t at = 0;
      if (const auto mapped = written_.find(take_identifier(role, at)); mapped != written_.end()) role = mapped->second;
    }
  };
  std::string sql(statement);
  for (const std::string_view keyword : kBeforeRoles) sql = change_roles_after(sql, keyword, rename);
  return sql;
}

void RoleMap::apply(TocEntry& entry) const {
  if (const auto mapped = names_.find(std::string(view(entry.owner))); mapped != names_.end()) entry.owner = mapped->second;
  if (!names_roles(entry)) return;
  std::string definition;
  for (const std::string& statement : split_statements(view(entry.definition))) definition += renamed_in(statement) + ";\n";
  entry.definition = definition;
}

void RoleMap::apply(RestorePlan& plan) const {
  for (TocEntry& entry : plan.toc.entries) apply(entry);
  std::string setup;
  for (const std::string& statement : split_statements(plan.catalog.database_setup)) setup += renamed_in(statement) + ";\n";
  plan.catalog.database_setup = setup;
}

std::string RoleMap::rename_large_objects() const {
  std::string owner = "owner", grants = "grants";
  for (const auto& [from, to] : names_) {
    owner = "CASE owner WHEN " + quote_literal(from) + " THEN " + quote_literal(to) + " ELSE " + owner + " END";
    for (const auto& [before, after] : kAroundRoles) {
      const std::string was = quote_literal(before) + " || pg_catalog.quote_ident(" + quote_literal(from) + ") || " + quote_literal(after);
      grants = "pg_catalog.replace(" + grants + ", " + was + ", " + quote_literal(std::string(before) + quote_identifier(to) + after) + ")";
    }
  }
  return "UPDATE pg_temp.holdfast_names SET owner = " + owner + ", grants = " + grants;
}

void RoleMap::require_roles(Connection& connection) const {
  for (const auto& [from, to] : names_) {
    if (exists(connection, to)) continue;
    throw Error(ErrorCode::not_found, "role " + quote_identifier(to) + ", to which " + quote_identifier(from) +
                                          " is mapped, is not on the server: create it first");
  }
}

void RoleMap::create_roles(Connection& connection) const {
  for (const auto& [from, to] : names_) {
    if (!exists(connection, to)) connection.query("CREATE ROLE " + quote_identifier(to));
  }
}

}  // namespace holdfast::postgres
