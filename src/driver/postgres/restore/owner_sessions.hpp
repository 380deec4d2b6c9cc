#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "driver/postgres/restore/temporary_roles.hpp"

namespace holdfast::postgres {

/// Prevents a backup's code from getting more power than its owner had. Statements that may run such code run in
/// sessions of temporary login roles, which are members of that owner and of no other role. Only the role that a
/// session logged in with is decisive: code can undo SET ROLE.
///
/// An owner that is not plain (a superuser) lends its power to no session; without owners, none does. A stand-in, a
/// group without any power, holds the objects of such an owner until the end.
///
/// If the leader is not a superuser, or temporary roles cannot log in, there is no fence: the leader does everything
/// itself.
/// One thread, except login(): any number of threads may call it once the sets of owners are known.
class OwnerSessions {
 public:
  using Owners = std::set<std::string>;
  /// `all_to` is a role that gets everything; empty = objects keep their owners.
  OwnerSessions(const ConnInfo& info, Connection& leader, const std::string& all_to, bool fenced, Context& context);
  ~OwnerSessions();
  OwnerSessions(const OwnerSessions&) = delete;
  OwnerSessions& operator=(const OwnerSessions&) = delete;

  bool fenced() const noexcept { return roles_.has_value(); }
  bool with_owner() const noexcept { return all_to_.empty(); }
  /// Returns the owner whose power an object's code may have, for the owner that the backup recorded. final_owner()
  /// returns the owner at the end.
  std::string owner(const std::string& recorded) const { return recorded.empty() ? leader_ : recorded; }
  Owners owners(const Owners& recorded) const;
  std::string final_owner(const std::string& recorded) const { return with_owner() ? owner(recorded) : all_to_; }
  /// Returns the role that holds an owner's objects until the end: itself or its stand-in.
  std::string holder(const std::string& owner);
  bool lends_its_rights(const std::string& owner) const { return !fenced() || plain(owner); }

  /// Returns how to log in for these owners. The first call for a set creates the role.
  const ConnInfo& login(const Owners& owners);
  std::string role(const Owners& owners) { return login(owners).parameters().at("user"); }
  /// Grants "USAGE ON SCHEMA app" to a session of these owners. Also to a stand-in among them, because indexes and
  /// views are computed with its rights.
  void grant(const std::string& what, const Owners& owners);
  void grant_holder(const std::string& what, const std::string& owner);
  /// Lets the stand-ins read and reference the tables of extensions, as a superuser could: a type's input function may
  /// look something up there, and extensions do not always let everybody read.
  void let_read_extensions(Connection& leader);
  /// Lets an owner, or its stand-in, use the names in a schema, until the end.
  void open_schema(const std::string& schema, const std::string& owner, Connection& leader);

  /// Records that a stand-in holds "TABLE app.orders" for its final owner.
  void held(const std::string& object, const std::string& final_owner) { held_.emplace_back(object, final_owner); }
  /// Gives all held objects to their owners and drops the roles. Throws the server's errors.
  void finish();

 private:
  bool plain(const std::string& owner) const { return with_owner() && plain_.contains(owner); }
  void give_back();

  ConnInfo info_;
  Context& context_;
  const std::string leader_, all_to_;
  std::set<std::string> known_, plain_;  // roles of the server
  std::optional<TemporaryRoles> roles_;
  std::map<Owners, ConnInfo> logins_;
  std::map<std::string, std::string> stand_ins_;             // by owner
  std::vector<std::pair<std::string, std::string>> opened_;  // schema and owner
  std::vector<std::pair<std::string, std::string>> held_;    // object and owner
};

}  // namespace holdfast::postgres
