#pragma once

#include <functional>
#include <string>
#include <vector>

#include "driver/postgres/archive/archive.hpp"
#include "driver/postgres/client/connection.hpp"

namespace holdfast::postgres {

/// Creates a table that inherits from tables of other owners. Only an owner of its parents may create it, but the code
/// in its definition must not run with their owner's rights: a default may be a literal of a type whose input calls a
/// function. So a session of the child's owner alone creates it as a child of copies of its parents, and the leader
/// exchanges the parents. For that, PostgreSQL compares columns and constraints as they are stored, and evaluates
/// nothing. Whatever the code does to the copies, the leader then only uses their names in ALTER TABLE and DROP TABLE.
class Inheritance {
 public:
  /// Returns whether the definition names parents.
  static bool has_parents(const pg_archive::TocEntry& table);
  static bool is_parent(const pg_archive::TocEntry& table, const pg_archive::TocEntry& parent);

  Inheritance(const pg_archive::TocEntry& table, Connection& leader) : table_(table), leader_(leader) {}
  /// Removes what a restore that was interrupted here left behind.
  void drop_interrupted();
  /// `owner` gets the copies; `create` runs a statement in the session that creates the table. Throws StatementError.
  void create(const std::string& owner, const std::function<void(const std::string& sql)>& create);

 private:
  std::string copy_name(std::size_t number) const;
  void copy_parents(const std::vector<std::string>& parents, const std::string& owner);
  void exchange_parents(const std::vector<std::string>& parents);
  void drop_quietly(const std::string& sql);

  const pg_archive::TocEntry& table_;
  Connection& leader_;
  std::vector<std::string> copies_;
};

}  // namespace holdfast::postgres
