#include "driver/postgres/restore/role_map.hpp"

#include <algorithm>
#include <array>

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/statements.hpp"
#include "holdfast/error.hpp"

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

namespace {

// What precedes names of roles. Conditions and values may contain these words, too, so nothing after them is looked at.
constexpr std::array<std::string_view, 7> kBeforeRoles = {
    " TO ", " FROM ", "SESSION AUTHORIZATION ", "FOR ROLE ", "MAPPING FOR ", "GRANTED BY ", "ALTER ROLE "};
constexpr std::array<std::string_view, 4> kBeforeConditions = {" USING (", " WITH CHECK (", " OPTIONS (", " SET "};

// Of the grants of large objects; see streams.cpp.
constexpr std::array<std::pair<const char*, const char*>, 4> kAroundRoles = {
    {{" TO ", ";"}, {" TO ", " WITH GRANT OPTION;"}, {" FROM ", ";"}, {"SESSION AUTHORIZATION ", ";"}}};

// The definitions of other kinds name no role.
bool names_roles(const TocEntry& entry) {
  const std::string_view desc = view(entry.desc);
  return desc.ends_with("ACL") || desc == "POLICY" || desc == "USER MAPPING";
}

}  // namespace

RoleMap::RoleMap(std::map<std::string, std::string> names) : names_(std::move(names)) {
  for (const auto& [from, to] : names_) {
    if (!names_.contains(to)) continue;
    throw Error(ErrorCode::invalid_argument,
                "role " + quote_identifier(to) + ", to which " + quote_identifier(from) + " is mapped, is mapped itself");
  }
}

// Renames each role of the list that follows the keyword's last occurrence.
std::string RoleMap::renamed_after(std::string_view sql, std::string_view keyword) const {
  const std::string masked = masked_text(sql);
  std::size_t end = masked.size();
  for (const std::string_view condition : kBeforeConditions) end = std::min(end, masked.find(condition));
  const std::size_t found = masked.substr(0, end).rfind(keyword);
  if (found == std::string::npos) return std::string(sql);
  const std::string text(sql);
  std::size_t at = found + keyword.size();
  std::string result = text.substr(0, at);
  for (;;) {
    const std::size_t begin = at;
    const auto mapped = names_.find(take_identifier(text, at));
    result += mapped == names_.end() ? text.substr(begin, at - begin) : quote_identifier(mapped->second);
    if (text.compare(at, 2, ", ") != 0) return result + text.substr(at);
    result += ", ";
    at += 2;
  }
}

std::string RoleMap::renamed_in(std::string_view statement) const {
  std::string sql(statement);
  for (const std::string_view keyword : kBeforeRoles) sql = renamed_after(sql, keyword);
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
    if (connection.query("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", {to}).size() != 0) continue;
    throw Error(ErrorCode::not_found, "role " + quote_identifier(to) + ", to which " + quote_identifier(from) +
                                          " is mapped, is not on the server: create it first");
  }
}

}  // namespace holdfast::postgres
