#pragma once

#include <map>
#include <string>

#include "holdfast/bytes.hpp"

namespace holdfast::postgres {

/// The connection parameters of one database. The password is separate from everything that is displayed or put in
/// argv. The server may be in a container: while_reached() makes it reachable.
class ConnInfo {
 public:
  /// Where a server in a container is. Of the socket or host that its clients there use, empty = the usual ones.
  struct Inside {
    std::string container;  ///< "docker:db", "podman:postgres@db"; empty = not in a container
    std::string host, port;
  };

  /// Parses "postgresql://…", also with the parameter `container`. Throws Error{invalid_argument} without repeating
  /// secrets.
  explicit ConnInfo(const std::string& uri);
  ConnInfo(std::map<std::string, std::string> parameters);

  /// Returns the same server with another database.
  ConnInfo with_database(const std::string& database) const;
  /// Returns the same database with another login: without the role that the options set, and without the superuser's
  /// settings of with_setting().
  ConnInfo with_login(const std::string& role, const std::string& password) const;
  /// Returns the same login with this password.
  ConnInfo with_password(const std::string& password) const;
  /// Adds a superuser's setting for the session, "-c name=value", which applies from its first moment.
  ConnInfo with_setting(const std::string& setting) const;
  /// Returns the same database through a socket in this folder of this machine, which leads into the container.
  ConnInfo through_socket(const std::string& folder) const;
  static constexpr const char* kUsualPort = "5432";
  const Inside& inside() const noexcept { return inside_; }
  static constexpr const char* kNoEventTriggers = "-c event_triggers=off";
  bool has_database() const { return parameters_.contains("dbname"); }
  std::string database() const;

  /// Returns user, host, port and database, for people and manifests; never a password.
  std::string display() const;
  /// Returns the keyword form without the password, for the argv of programs such as pg_dump; see effective_password().
  std::string for_tool() const;
  /// Returns the password given here, or "" (libpq may still find one in a password file).
  const std::string& password() const { return password_; }
  /// Returns password(), or the one that libpq takes from PGPASSWORD or a service; "" if there is none.
  std::string effective_password() const;

  /// Throws Error{unsupported} for a server in a container that is not reached yet: libpq would take its default.
  const std::map<std::string, std::string>& parameters() const;

 private:
  std::string effective_options() const;  // as effective_password()

  Inside inside_;
  bool reached_ = false;                           // through a socket
  std::map<std::string, std::string> parameters_;  // without the password
  std::string password_;
};

}  // namespace holdfast::postgres
