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
  /// Parses "OLD=NEW, …". A name may be quoted as in SQL, and must be if it begins with a quote or a space or contains
  /// a comma or an equals sign.
  static RoleMap parse(const std::string& text);
  /// Makes apply() write names as this server writes them, without needless quotes, so that texts can be compared.
  void write_as(Connection& connection);
  bool empty() const noexcept { return names_.empty(); }
  /// Renames the roles that the plan's entries and the database's properties name: owners, roles with grants, those of
  /// policies, of default privileges and of user mappings.
  void apply(RestorePlan& plan) const;
  /// Returns SQL that renames them in the loaded names of large objects; see load_names().
  std::string rename_large_objects() const;
  /// Throws Error{not_found} for a role that the server lacks: the backup cannot tell how to create it.
  void require_roles(Connection& connection) const;
  /// Creates those that the server lacks, without any rights.
  void create_roles(Connection& connection) const;

 private:
  std::string renamed_in(std::string_view statement) const;
  void apply(pg_archive::TocEntry& entry) const;

  std::map<std::string, std::string> names_;
  std::map<std::string, std::string> written_;  // by the old names: the new ones in SQL
};

}  // namespace holdfast::postgres
