#pragma once

#include <map>
#include <string>

#include "holdfast/bytes.hpp"

namespace holdfast::postgres {

/// How to reach one database: libpq's parameters, with the password kept apart from everything that is shown or put in argv.
class ConnInfo {
 public:
  /// From "postgresql://…". Throws Error{invalid_argument} without repeating secrets.
  explicit ConnInfo(const std::string& uri);
  ConnInfo(std::map<std::string, std::string> parameters);

  /// The same server, another database.
  ConnInfo with_database(const std::string& database) const;
  /// The same database as another role, without the superuser's settings of with_setting().
  ConnInfo with_login(const std::string& role, const std::string& password) const;
  /// With a superuser's settings for the session, "-c name=value", from its first moment on.
  ConnInfo with_setting(const std::string& setting) const;
  static constexpr const char* kNoEventTriggers = "-c event_triggers=off";
  bool has_database() const { return parameters_.contains("dbname"); }
  std::string database() const;

  /// For people and manifests: user, host, port, database; never a password.
  std::string display() const;
  /// For the argv of pg_dump and its kin: keyword form without the password; see effective_password().
  std::string for_tool() const;
  /// Empty if none was given here (libpq may still find one in a password file).
  const std::string& password() const { return password_; }
  /// The one above, or else the one that libpq takes from PGPASSWORD or a service; empty if there is none.
  std::string effective_password() const;

  const std::map<std::string, std::string>& parameters() const { return parameters_; }

 private:
  std::map<std::string, std::string> parameters_;  // without the password
  std::string password_;
};

}  // namespace holdfast::postgres
