#pragma once

#include <exception>
#include <set>
#include <string>
#include <vector>

#include "driver/postgres/client/connection.hpp"

namespace holdfast::postgres {

/// The roles of a server that have no power but over what they own: no attribute beyond making databases, and no membership, direct or
/// not, in one that has, or in a role of PostgreSQL's own (those reach files, programs and everybody's data).
std::set<std::string> plain_roles(Connection& connection);

/// Whether the session's user is a superuser, and its name.
bool is_superuser(Connection& connection);
std::string session_role(Connection& connection);

/// Roles of ours for the time of one call, made by a superuser and dropped whatever happens. They are no one's: no attribute, no right
/// but those that are granted. If this process is killed they stay, can't log in after a week, and the next call drops those that own
/// nothing. Used by one thread.
class TemporaryRoles {
 public:
  /// `superuser` = how to reach the database as one.
  TemporaryRoles(const ConnInfo& superuser, Context& context);
  ~TemporaryRoles();
  TemporaryRoles(const TemporaryRoles&) = delete;
  TemporaryRoles& operator=(const TemporaryRoles&) = delete;

  /// A role that can log in, a member of others. `attributes` = for CREATE ROLE. What it owns at the end goes to `heir`; without one it is
  /// dropped, with a warning.
  ConnInfo login(const std::vector<std::string>& member_of, const std::string& heir = "", const std::string& attributes = "");
  /// A role that can't, for others to be members of.
  std::string group();
  /// "USAGE ON SCHEMA app" to a role of ours, once.
  void grant(const std::string& what, const std::string& role);

  /// Drops them. Throws what the server says.
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
  Context own_;  // what has to be undone is undone after a cancel too
  Connection connection_;
  const int exceptions_ = std::uncaught_exceptions();  // when it was made
  std::string valid_until_;
  std::vector<Role> roles_;
  std::set<std::pair<std::string, std::string>> granted_;
};

/// Whether a role that we make can log in there. Makes one and drops it. Empty = yes, else why not.
std::string why_no_login(const ConnInfo& superuser, Context& context);

}  // namespace holdfast::postgres
