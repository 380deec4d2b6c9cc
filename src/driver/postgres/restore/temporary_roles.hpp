#pragma once

#include <exception>
#include <set>
#include <string>
#include <vector>

#include "driver/postgres/client/connection.hpp"

namespace holdfast::postgres {

/// Returns the roles of a server that have power only over what they own: no attribute except creating databases, and
/// no membership, direct or indirect, in a role with such an attribute or in one of PostgreSQL's own (those reach
/// files, programs and everybody's data).
std::set<std::string> plain_roles(Connection& connection);

/// Returns the names of all roles of a server.
std::set<std::string> role_names(Connection& connection);

/// Return whether the session's user is a superuser, and its name.
bool is_superuser(Connection& connection);
std::string session_role(Connection& connection);

/// Roles of ours for the time of one call. A superuser creates them; they are always dropped. They have no attribute,
/// and only the rights that are granted. If this process is killed they stay, cannot log in after a week, and the next
/// call drops those that own nothing. One thread.
class TemporaryRoles {
 public:
  /// `superuser` tells how to connect to the database as one.
  TemporaryRoles(const ConnInfo& superuser, Context& context);
  ~TemporaryRoles();
  TemporaryRoles(const TemporaryRoles&) = delete;
  TemporaryRoles& operator=(const TemporaryRoles&) = delete;

  /// Creates a role that can log in and is a member of others. `attributes` are for CREATE ROLE. At the end its objects
  /// are given to `heir`; without one they are dropped, with a warning.
  ConnInfo login(const std::vector<std::string>& member_of, const std::string& heir = "", const std::string& attributes = "");
  /// Creates a role that cannot log in, for others to be members of.
  std::string group();
  /// Grants "USAGE ON SCHEMA app" to a role of ours, once.
  void grant(const std::string& what, const std::string& role);

  /// Drops the roles. Throws the server's errors.
  void drop();

 private:
  struct Role {
    std::string name, heir;
  };
  std::string create(const std::string& attributes, const std::string& heir);
  void sweep();
  void drop(Connection& connection, const Role& role);

  const ConnInfo info_;
  Context& context_;
  Context own_;  // not cancelled with the caller's: what was done must be undone
  Connection connection_;
  const int exceptions_ = std::uncaught_exceptions();  // at construction
  std::string valid_until_;
  std::vector<Role> roles_;
  std::set<std::pair<std::string, std::string>> granted_;
};

/// Creates and drops a role to try whether such a role can log in there. Returns "" if it can, otherwise the reason.
std::string why_no_login(const ConnInfo& superuser, Context& context);

}  // namespace holdfast::postgres
