#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "driver/postgres/restore/temporary_roles.hpp"

namespace holdfast::postgres {

/// Keeps code of a backup from having more power than its owner had: what may run it is done in sessions of login roles of our own, which
/// are members of that owner and of nothing else. Only what a session's user was authenticated as counts: code can undo SET ROLE.
///
/// An owner that is not plain (a superuser) lends its power to no session, and without owners none does. A stand-in, a group without any
/// power, holds what belongs to one of them until the end.
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
  /// Whose power an object's code may have, of those whom the backup says it belonged to; and whom it belongs to at the end.
  std::string owner(const std::string& recorded) const { return recorded.empty() ? leader_ : recorded; }
  Owners owners(const Owners& recorded) const;
  std::string final_owner(const std::string& recorded) const { return with_owner() ? owner(recorded) : all_to_; }
  /// Who holds an owner's objects meanwhile: itself or its stand-in.
  std::string holder(const std::string& owner);
  bool lends_its_rights(const std::string& owner) const { return !fenced() || plain(owner); }

  /// How to log in for these owners. The first call for a set makes the role.
  const ConnInfo& login(const Owners& owners);
  std::string role(const Owners& owners) { return login(owners).parameters().at("user"); }
  /// "USAGE ON SCHEMA app", for a session of these owners: for a stand-in among them, as indexes and views are computed with its rights.
  void grant(const std::string& what, const Owners& owners);
  void grant_holder(const std::string& what, const std::string& owner);
  /// Lets an owner, or its stand-in, find what stands in a schema, until the end.
  void open_schema(const std::string& schema, const std::string& owner, Connection& leader);

  /// "TABLE app.orders" is held by a stand-in for its final owner.
  void held(const std::string& object, const std::string& final_owner) { held_.emplace_back(object, final_owner); }
  /// Gives all that is held to its owners and drops the roles. Throws what the server says.
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
