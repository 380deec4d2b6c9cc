#pragma once

#include <map>
#include <string>

#include "driver/postgres/restore/restore_plan.hpp"

namespace holdfast::postgres {

/// The names that roles of a backup have at the target.
class RoleMap {
 public:
  /// Throws Error{invalid_argument} if a role is mapped to one that is mapped itself.
  explicit RoleMap(std::map<std::string, std::string> names);
  bool empty() const noexcept { return names_.empty(); }
  /// Renames the roles that the plan's entries and the database's properties name: owners, roles with grants, those of
  /// policies, of default privileges and of user mappings.
  void apply(RestorePlan& plan) const;
  /// Returns SQL that renames them in the loaded names of large objects; see load_names().
  std::string rename_large_objects() const;
  /// Throws Error{not_found} for a role that the server lacks: the backup cannot tell how to create it.
  void require_roles(Connection& connection) const;

 private:
  std::string renamed_after(std::string_view sql, std::string_view keyword) const;
  std::string renamed_in(std::string_view statement) const;
  void apply(pg_archive::TocEntry& entry) const;

  std::map<std::string, std::string> names_;
};

}  // namespace holdfast::postgres
