#pragma once

#include <set>
#include <string>
#include <utility>

#include "driver/postgres/client/connection.hpp"

namespace holdfast::postgres {

/// Rights that a restoring role without a superuser's power gives itself and the owners of objects, for the time of a
/// restore: only a member of a role may give objects to it, and only if that role may create them there. A right that
/// the server refuses is not an error here: the statement that needs it fails, and names its object. One thread.
class BorrowedRights {
 public:
  BorrowedRights(const ConnInfo& info, Connection& leader, bool needed, const Context& context);
  ~BorrowedRights();
  BorrowedRights(const BorrowedRights&) = delete;
  BorrowedRights& operator=(const BorrowedRights&) = delete;

  /// Makes the restoring role a member of `owner`.
  void join(const std::string& owner);
  /// Lets `owner` create objects in a schema, or in the database if that is empty: publications and the like are in no
  /// schema. Returns whether that is new.
  bool let_create(const std::string& schema, const std::string& owner);
  /// Takes the rights to create back, before the backup's own grants come. Throws the server's errors.
  void take_back_create() { revoke(lent_); }
  /// Takes everything back. Throws the server's errors.
  void give_back();

 private:
  using Grants = std::set<std::pair<std::string, std::string>>;  // a right, and who has it
  bool grant(const std::string& right, const std::string& role, const std::string& how, Grants& grants);
  void revoke(Grants& grants);

  const ConnInfo info_;
  Connection& leader_;
  const bool needed_;
  const Context& context_;
  std::set<std::string> asked_;  // owners, whose membership was granted or not
  Grants joined_, lent_;
};

}  // namespace holdfast::postgres
