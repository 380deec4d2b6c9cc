#pragma once

#include <set>
#include <string>
#include <vector>

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/restore/restore_plan.hpp"

namespace holdfast::postgres {

/// The roles of `pg_dumpall --globals-only` text: its statements one by one.
class Globals {
 public:
  explicit Globals(const std::string& sql);
  const std::vector<std::string>& roles() const noexcept { return roles_; }
  /// Those that the plan's objects belong to or are granted to, with the groups these are members of.
  std::set<std::string> needed_by(const RestorePlan& plan, const std::string& large_object_names) const;
  /// Creates the `wanted` roles the server lacks, as they were; roles that exist are left as they are. What the server refuses is
  /// returned, one line each.
  std::vector<std::string> create(Connection& connection, const std::set<std::string>& wanted) const;

 private:
  struct Statement {
    std::string sql;
    std::string verb;     ///< "CREATE ROLE", "ALTER ROLE", "GRANT", "COMMENT ON ROLE"
    std::string role;     ///< it concerns
    std::string granted;  ///< GRANT: the group
  };
  std::vector<Statement> statements_;
  std::vector<std::string> roles_;
};

}  // namespace holdfast::postgres
