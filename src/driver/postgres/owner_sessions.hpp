#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "driver/postgres/temporary_roles.hpp"

namespace holdfast::postgres {

/// Keeps code of a backup from having more power than its owner had: what may run it is done in sessions of login roles of our own, which
/// are members of that owner and of nothing else. Only what a session's user was authenticated as counts: code can undo SET ROLE.
///
/// An owner that is not plain (a superuser) lends its power to no session. A stand-in, a group without any power, holds its tables until
/// the end.
///
/// Where the leader is no superuser, or such roles can't log in, there is no fence: the leader does everything itself.
/// Used by one thread, but for login(), which any number may call once the sets of owners are known.
class OwnerSessions {
 public:
  using Owners = std::set<std::string>;
  /// `all_to` = a role that gets everything; empty = objects get the owners they had.
  OwnerSessions(const ConnInfo& info, Connection& leader, const std::string& all_to, bool fenced, Context& context);
  ~OwnerSessions();
  OwnerSessions(const OwnerSessions&) = delete;
  OwnerSessions& operator=(const OwnerSessions&) = delete;

  bool fenced() const noexcept { return roles_.has_value(); }
  bool with_owner() const noexcept { return all_to_.empty(); }
  /// Whom objects belong to at the end, of those that the backup says.
  std::string final_owner(const std::string& recorded) const;
  Owners final_owners(const Owners& recorded) const;
  /// Who holds the tables of a final owner meanwhile: itself or its stand-in.
  std::string holder(const std::string& owner);
  bool lends_its_rights(const std::string& owner) const { return !fenced() || plain_.contains(owner); }

  /// How to log in for these final owners. The first call for a set makes the role.
  const ConnInfo& login(const Owners& owners);
  std::string role(const Owners& owners) { return login(owners).parameters().at("user"); }
  /// "USAGE ON SCHEMA app", for a session of these owners: for a stand-in among them, as indexes and views are computed with its rights.
  void grant(const std::string& what, const Owners& owners);
  void grant_holder(const std::string& what, const std::string& owner);
  /// Lets a final owner, or its stand-in, find what stands in a schema, until the end.
  void open_schema(const std::string& schema, const std::string& owner, Connection& leader);

  /// "TABLE app.orders" is held by a stand-in.
  void held(const std::string& object, const std::string& owner) { held_.emplace_back(object, owner); }
  /// Gives all that is held to its owners and drops the roles. Throws what the server says.
  void finish();

 private:
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
