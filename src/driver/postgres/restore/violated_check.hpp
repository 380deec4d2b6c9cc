#pragma once

#include <optional>
#include <string>

#include "driver/postgres/logical/catalog.hpp"
#include "driver/postgres/restore/entry_runner.hpp"

namespace holdfast::postgres {

/// A CHECK of a table or a domain that rows of the backup violate: its function became stricter, or looks into another
/// table. PostgreSQL lets such rows in only while the constraint does not exist.
class ViolatedCheck {
 public:
  /// Returns the constraint that the server named, and whose owner the archive tells; none if there is no such one.
  static std::optional<ViolatedCheck> find(const ServerMessage& said, const Table& table, const Entries& entries, Connection& leader);

  const std::string& name() const noexcept { return name_; }
  void drop(Sessions& sessions, OwnerSessions& owners) const;
  /// Creates it again, for new rows only.
  void add_not_valid(Sessions& sessions, OwnerSessions& owners) const;

 private:
  ViolatedCheck() = default;
  void alter(const std::string& how, Sessions& sessions, OwnerSessions& owners) const;

  std::string object_;  // "TABLE app.orders"
  std::string name_, definition_, owner_;
};

}  // namespace holdfast::postgres
