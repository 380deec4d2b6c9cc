#pragma once

#include <string>
#include <vector>

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/logical/catalog.hpp"
#include "driver/postgres/restore/borrowed_rights.hpp"

namespace holdfast::postgres {

/// The properties of a database itself, as the backup recorded them: comment, settings, connection limit, owner,
/// grants.
class DatabaseProperties {
 public:
  /// Without the owner they have no grants either.
  DatabaseProperties(const Catalog& catalog, bool with_owner, bool with_grants);
  /// Gives them to the connection's database. Borrows the owner's membership, because only a member of a role may give
  /// it a database, and go on from there. Returns a line for each that the server refused.
  std::vector<std::string> apply(Connection& connection, BorrowedRights& rights) const;
  /// Returns a line that names those which the connection's database does not have; none if it has all.
  std::vector<std::string> differences(Connection& connection) const;

 private:
  std::vector<std::string> statements_;
};

}  // namespace holdfast::postgres
