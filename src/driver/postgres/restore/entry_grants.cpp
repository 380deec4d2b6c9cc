#include "driver/postgres/client/statements.hpp"
#include "driver/postgres/restore/entry_runner.hpp"

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

void EntryRunner::grant_early(const TocEntry& grants, Connection& leader) {
  for (const std::string& statement : early_grants(grants)) {
    try {
      leader.query(statement);
    } catch (const ServerError&) {
      leader.query("RESET SESSION AUTHORIZATION");  // otherwise somebody else would grant what follows
      return;
    }
  }
}

bool EntryRunner::revoke_early(const TocEntry& grants, Connection& leader) {
  rights_.join(std::string(view(grants.owner)));
  const bool complete = grant_each(grants, leader).empty();
  try {
    if (owners_.fenced()) lend(grants);
    return complete;
  } catch (const ServerError&) {
    return false;
  }
}

Part EntryRunner::grants_part(const TocEntry& grants, Connection& leader) {
  Part part{.object = describe(grants),
            .run = [&grants, &leader](Sessions&, Names) { run_statement(leader, std::string(view(grants.definition))); },
            .reduce =
                [&grants, &leader](Sessions&, const ServerError&) {
                  std::string without;
                  for (const std::string& statement : grant_each(grants, leader)) without += (without.empty() ? "" : "; ") + statement;
                  return "without " + without;
                }};
  part.belongs_to = last_dependency(grants);
  return part;
}

namespace {

constexpr std::string_view kNewPrivilege = "MAINTAIN";  // since 17

// Grants the privileges that an older server knows. Returns false if that is no difference.
bool grant_known(const std::string& statement, Connection& leader) {
  const std::size_t list_end = std::min(statement.find(" ON "), statement.size());
  const std::string after = std::string(",").append(kNewPrivilege), before = std::string(kNewPrivilege).append(",");
  const std::size_t last = statement.find(after), first = statement.find(before);
  std::string known = statement;
  if (last < list_end) {
    known.erase(last, after.size());
  } else if (first < list_end) {
    known.erase(first, before.size());
  } else {
    return false;
  }
  try {
    leader.query(known);
    return true;
  } catch (const ServerError&) {
    return false;
  }
}

}  // namespace

std::vector<std::string> EntryRunner::grant_each(const TocEntry& grants, Connection& leader) {
  std::vector<std::string> refused;
  bool as_nobody = false;  // the grantor is not available
  for (const std::string& statement : split_statements(view(grants.definition))) {
    const bool changes_role = statement.find("SESSION AUTHORIZATION") != std::string::npos;
    if (statement.starts_with("RESET ")) as_nobody = false;
    try {
      if (as_nobody) {
        refused.push_back(statement);
      } else {
        leader.query(statement);
      }
    } catch (const ServerError&) {
      if (changes_role) {
        as_nobody = true;
      } else if (grant_known(statement, leader)) {
        refused.push_back(std::string(kNewPrivilege) + " in " + statement);
      } else {
        refused.push_back(statement);
      }
    }
  }
  return refused;
}

}  // namespace holdfast::postgres
