#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/restore/restore_plan.hpp"

namespace holdfast::postgres {

/// The roles of `pg_dumpall --globals-only` text, as single statements.
class Globals {
 public:
  explicit Globals(const std::string& sql);
  const std::vector<std::string>& roles() const noexcept { return roles_; }
  /// Returns the roles that own the plan's objects or have grants on them, and the groups that these are members of.
  std::set<std::string> needed_by(const RestorePlan& plan, const std::string& large_object_names) const;
  /// Returns the roles that a text names.
  std::set<std::string> named_in(std::string_view text) const;
  /// Creates the `wanted` roles that the server lacks, as they were; leaves existing roles unchanged. Returns one line
  /// for each statement that the server refused.
  std::vector<std::string> create(Connection& connection, const std::set<std::string>& wanted) const;

 private:
  struct Statement {
    std::string sql;
    std::string verb;     ///< "CREATE ROLE", "ALTER ROLE", "GRANT", "COMMENT ON ROLE"
    std::string role;     ///< that the statement is about
    std::string granted;  ///< GRANT: the group; empty for a right on a parameter of the server
  };
  std::vector<Statement> statements_;
  std::vector<std::string> roles_;
};

/// Returns the roles in a backup; none if it was made without them.
std::optional<Globals> read_globals(const BackupView& backup);

/// Creates the owners of the plan's objects that neither the server nor the backup knows, without login: otherwise
/// their objects, and the rows, would be left out. Returns a line for each.
std::vector<std::string> create_missing_owners(Connection& connection, const RestorePlan& plan);

}  // namespace holdfast::postgres
