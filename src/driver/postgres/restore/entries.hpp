#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "driver/postgres/archive/archive.hpp"
#include "driver/postgres/client/names.hpp"

namespace holdfast::postgres {

/// The session that carries out an entry. The leader may be a superuser, so it gets only entries that evaluate nothing
/// that users of the backed-up database wrote. All others, including unknown kinds, run in their owner's session.
enum class Runner : char { leader, owner };

/// The time at which an entry is carried out. Grants are carried out twice: those that takes_back_at_once() together
/// with their object, all of them at the end.
enum class Step : char {
  never,      ///< it has no statement, or is about the database itself
  pre_data,   ///< in the archive's order
  post_data,  ///< after the rows, by dependency
  security,   ///< row security is switched on after all checks of rows, which an owner's session makes
  grants,     ///< after everything that the backup's code may change
  last        ///< event triggers: none of our statements may follow them
};

/// Tells how a restore treats each entry of an archive. Depends on the archive only.
class Entries {
 public:
  /// `chosen` are dump ids; empty = all. Borrows `toc`.
  Entries(const pg_archive::ArchiveToc& toc, const std::set<int>& chosen);

  /// In the archive's order.
  const std::vector<const pg_archive::TocEntry*>& of(Step step) const { return steps_.at(step); }
  /// Returns the settings that begin every session of the restore: encoding, string syntax, search path.
  const std::string& session_settings() const noexcept { return settings_; }
  bool has_search_path() const noexcept { return has_search_path_; }

  Runner runner(const pg_archive::TocEntry& entry) const;
  /// Returns the owners of everything that an entry changes. Not only its own: a partition is attached, statistics
  /// belong to a table, and a table's CHECK or trigger also comes to those below it.
  std::set<std::string> owners(const pg_archive::TocEntry& entry) const;
  /// Returns whether it is a table that inherits from tables of other owners.
  bool inherits_from_others(const pg_archive::TocEntry& entry) const;
  /// Return the relation or domain, chosen or not; null if the archive has none of that name.
  const pg_archive::TocEntry* relation(const RelationName& name) const;
  const pg_archive::TocEntry* domain(const RelationName& name) const;
  const pg_archive::TocEntry* find(int dump_id) const;
  /// Returns whether the archive limits who may use an object.
  bool has_grants(const pg_archive::TocEntry& entry) const { return granted_.contains(entry.dump_id); }

 private:
  bool validated_by_user_code(const pg_archive::TocEntry& entry) const;
  void note_children(const pg_archive::TocEntry& entry);
  void add_owners_below(int table, std::set<std::string>& owners) const;
  std::set<std::string> owners_of_tree(const pg_archive::TocEntry& entry) const;

  std::map<int, const pg_archive::TocEntry*> by_id_;
  std::map<RelationName, const pg_archive::TocEntry*> relations_;
  std::map<Step, std::vector<const pg_archive::TocEntry*>> steps_;
  std::multimap<int, const pg_archive::TocEntry*> children_;  // by the parent's dump id
  std::set<int> granted_;
  std::string settings_;
  bool has_search_path_ = false;
  bool standard_strings_ = true;
};

/// Returns "TABLE app.orders", for messages.
std::string describe(const pg_archive::TocEntry& entry);
/// Removes the options that only a superuser may give from a function's definition. Returns them for ALTER.
std::string take_superusers_options(std::string& definition);
/// Removes the statement that subjects a table's owner to row security. Returns it.
std::string take_forced_security(std::string& definition);
/// Returns the name for "ALTER … OWNER TO"; none if an entry's object has no owner of its own.
std::optional<std::string> owned_object(const pg_archive::TocEntry& entry);
/// Returns whether its object may have an owner, but its kind is one of a later version whose naming is unknown.
bool owned_unknown(const pg_archive::TocEntry& entry);
/// Returns whether the meaning of a definition depends on the search path, although pg_dump writes all names with their
/// schema. Some words stand for an operator = that the server looks up, and finds another one that applies after a
/// cast; and what an index or a CHECK calls runs.
bool depends_on_search_path(const pg_archive::TocEntry& entry);
bool is_relation(const pg_archive::TocEntry& entry);
bool is_routine(const pg_archive::TocEntry& entry);
/// Returns whether it is a comment, a label or grants.
bool is_about_another(const pg_archive::TocEntry& entry);
/// Returns whether the grants' object initially has rights for everybody: until they are revoked, code could use them.
bool takes_back_at_once(const pg_archive::TocEntry& grants);
/// Returns those of the grants that give rights. Statements that revoke rights run at the end: an owner who may not
/// write to his own table still has to load it.
std::vector<std::string> early_grants(const pg_archive::TocEntry& grants);

}  // namespace holdfast::postgres
