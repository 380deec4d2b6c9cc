#include "driver/postgres/restore/roles.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/statements.hpp"

namespace holdfast::postgres {

namespace {

// Returns the identifier at `at` as written by pg_dumpall: bare, or quoted with doubled quotes. Moves `at` to its end.
std::string take_identifier(const std::string& sql, std::size_t& at) {
  std::string name;
  if (at < sql.size() && sql[at] == '"') {
    for (++at; at < sql.size(); ++at) {
      if (sql[at] == '"' && (at + 1 >= sql.size() || sql[at + 1] != '"')) break;
      if (sql[at] == '"') ++at;
      name += sql[at];
    }
    ++at;
    return name;
  }
  while (at < sql.size() && sql[at] != ' ' && sql[at] != ';') name += sql[at++];
  return name;
}

bool is_word(char c) { return is_ascii_alnum(c) || c == '_' || c == '$' || (c & 0x80) != 0; }

// Returns whether the text names the role, quoted or bare, as a word of its own.
bool mentions(std::string_view text, const std::string& role) {
  if (text.find(quote_identifier(role)) != std::string_view::npos) return true;
  for (std::size_t at = 0; (at = text.find(role, at)) != std::string_view::npos; ++at) {
    const bool starts = at == 0 || !is_word(text[at - 1]);
    const std::size_t end = at + role.size();
    if (starts && (end == text.size() || !is_word(text[end]))) return true;
  }
  return false;
}

}  // namespace

using pg_archive::view;

Globals::Globals(const std::string& sql) {
  for (std::string& text : split_statements(sql)) {
    for (const char* verb : {"CREATE ROLE ", "ALTER ROLE ", "COMMENT ON ROLE ", "GRANT "}) {
      if (!text.starts_with(verb)) continue;
      std::size_t at = std::string_view(verb).size();
      Statement statement{.verb = verb};
      if (statement.verb == "GRANT ") {
        statement.granted = take_identifier(text, at);
        if (text.compare(at, 4, " TO ") != 0) break;
        at += 4;
      }
      statement.role = take_identifier(text, at);
      // The grantor may not exist here or may lack the right: the grant then comes from the restoring role.
      if (statement.verb == "GRANT ") {
        const std::size_t by = text.find(" GRANTED BY ", at);
        if (by != std::string::npos) text.resize(by);
      }
      if (statement.verb == "CREATE ROLE ") roles_.push_back(statement.role);
      statement.sql = std::move(text);
      statements_.push_back(std::move(statement));
      break;
    }
  }
}

std::set<std::string> Globals::needed_by(const RestorePlan& plan, const std::string& large_object_names) const {
  std::set<std::string> needed;
  for (const std::string& role : roles_) {
    const auto concerns = [&](const pg_archive::TocEntry& entry) {
      const std::string_view desc = view(entry.desc);
      const bool grants = desc.ends_with("ACL") || desc == "POLICY" || desc == "USER MAPPING";
      return view(entry.owner) == role || (grants && (mentions(view(entry.definition), role) || mentions(view(entry.tag), role)));
    };
    if (std::any_of(plan.toc.entries.begin(), plan.toc.entries.end(), concerns) || mentions(large_object_names, role)) needed.insert(role);
  }
  for (std::size_t before = 0; before != needed.size();) {
    before = needed.size();
    for (const Statement& statement : statements_) {
      if (!statement.granted.empty() && needed.contains(statement.role)) needed.insert(statement.granted);
    }
  }
  return needed;
}

std::vector<std::string> Globals::create(Connection& connection, const std::set<std::string>& wanted) const {
  std::set<std::string> created;
  std::vector<std::string> refused;
  const Rows present = connection.query("SELECT rolname FROM pg_catalog.pg_roles");
  std::set<std::string> existing;
  for (int row = 0; row < present.size(); ++row) existing.insert(present.text(row, 0));
  for (const Statement& statement : statements_) {
    const bool creates = statement.verb == "CREATE ROLE ";
    if (creates ? existing.contains(statement.role) || !wanted.contains(statement.role) : !created.contains(statement.role)) continue;
    try {
      connection.query(statement.sql);
      if (creates) created.insert(statement.role);
    } catch (const ServerError& error) {
      refused.push_back("role " + quote_identifier(statement.role) + ": " + error.message());
    }
  }
  return refused;
}

}  // namespace holdfast::postgres
