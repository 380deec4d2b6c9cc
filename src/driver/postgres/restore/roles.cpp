#include "driver/postgres/restore/roles.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/ascii.hpp"
#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/statements.hpp"
#include "driver/postgres/client/tools.hpp"
#include "driver/postgres/restore/temporary_roles.hpp"

namespace holdfast::postgres {

namespace {

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

// Removes words from the attributes of "ALTER ROLE name WITH NOSUPERUSER … PASSWORD '…'".
template <std::size_t N>
std::string without_attributes(const std::string& sql, const std::array<std::string_view, N>& words) {
  constexpr std::string_view kWith = " WITH ";
  std::size_t at = std::string_view("ALTER ROLE ").size();
  take_identifier(sql, at);
  if (!sql.substr(at).starts_with(kWith)) return sql;
  std::string left = sql.substr(0, at + kWith.size() - 1);
  for (at += kWith.size(); at < sql.size();) {
    const std::size_t end = std::min(sql.find(' ', at), sql.size());
    const std::string_view word = std::string_view(sql).substr(at, end - at);
    if (word == "PASSWORD" || word == "CONNECTION" || word == "VALID") return left + " " + sql.substr(at);
    if (std::ranges::find(words, word) == words.end()) left.append(" ").append(word);
    at = end + 1;
  }
  return left;
}

// Every new role has these, and without a superuser's power even naming some of them is refused.
constexpr std::array<std::string_view, 6> kDefault = {"NOSUPERUSER", "INHERIT",       "NOCREATEROLE",
                                                      "NOCREATEDB",  "NOREPLICATION", "NOBYPASSRLS"};
constexpr std::array<std::string_view, 5> kPowers = {"SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS"};

// Up to version 15 a membership has no option but ADMIN: members can become the group. The server refuses others, for
// without them a member would have more rights than before.
std::string membership_for(const std::string& grant, int major) {
  const std::size_t with = grant.find(" WITH ");
  if (major >= 16 || with == std::string::npos || grant.find(" FALSE", with) != std::string::npos) return grant;
  const bool admin = grant.find("ADMIN TRUE", with) != std::string::npos || grant.find("ADMIN OPTION", with) != std::string::npos;
  return grant.substr(0, with) + (admin ? " WITH ADMIN OPTION" : "");
}

// Runs one statement about roles. If the server refuses a role's powers, it still gets the rest.
void run_role_statement(Connection& connection, const std::string& sql) {
  if (sql.starts_with("GRANT ")) return void(connection.query(membership_for(sql, major_of(connection.server_version()))));
  if (!sql.starts_with("ALTER ROLE ")) return void(connection.query(sql));
  const std::string plain = without_attributes(sql, kDefault);
  if (plain.ends_with(" WITH")) return;
  try {
    connection.query(plain);
  } catch (const ServerError&) {
    if (const std::string powerless = without_attributes(plain, kPowers); powerless != plain && !powerless.ends_with(" WITH")) {
      connection.query(powerless);
    }
    throw;
  }
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
        const bool of_parameter = text.find(" ON PARAMETER ") != std::string::npos;
        if (of_parameter) {
          at = std::min(text.find(" TO "), text.size());
        } else {
          statement.granted = take_identifier(text, at);
        }
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

std::set<std::string> Globals::named_in(std::string_view text) const {
  std::set<std::string> named;
  std::ranges::copy_if(roles_, std::inserter(named, named.end()), [&](const std::string& role) { return mentions(text, role); });
  return named;
}

std::vector<std::string> Globals::create(Connection& connection, const std::set<std::string>& wanted) const {
  std::set<std::string> created;
  std::vector<std::string> refused;
  const std::set<std::string> existing = role_names(connection);
  for (const Statement& statement : statements_) {
    const bool creates = statement.verb == "CREATE ROLE ";
    if (creates ? existing.contains(statement.role) || !wanted.contains(statement.role) : !created.contains(statement.role)) continue;
    try {
      run_role_statement(connection, statement.sql);
      if (creates) created.insert(statement.role);
    } catch (const ServerError& error) {
      refused.push_back("role " + quote_identifier(statement.role) + ": " + error.message());
    }
  }
  return refused;
}

std::optional<Globals> read_globals(const BackupView& backup) {
  const EntryRecord* entry = backup.find("globals.sql");
  if (entry == nullptr) return std::nullopt;
  const std::unique_ptr<Reader> reader = backup.open(*entry);
  return Globals(std::string(as_text(read_all(*reader, std::uint64_t{1} << 30))));
}

std::vector<std::string> create_missing_owners(Connection& connection, const RestorePlan& plan) {
  std::set<std::string> missing;
  for (const pg_archive::TocEntry& entry : plan.toc.entries) {
    if (plan.dump_ids.empty() || plan.dump_ids.contains(entry.dump_id)) missing.emplace(view(entry.owner));
  }
  missing.erase("");
  for (const std::string& role : role_names(connection)) missing.erase(role);
  std::vector<std::string> created;
  for (const std::string& role : missing) {
    try {
      connection.query("CREATE ROLE " + quote_identifier(role) + " NOLOGIN");
      created.push_back("role " + quote_identifier(role) +
                        " is neither on the server nor in the backup: created without login, to own its objects");
    } catch (const ServerError&) {  // its objects then are named, each with the reason
    }
  }
  return created;
}

}  // namespace holdfast::postgres
