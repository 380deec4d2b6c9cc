#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "driver/postgres/archive/archive.hpp"
#include "driver/postgres/client/names.hpp"

namespace holdfast::postgres {

/// Who carries out an entry. The leader may be a superuser, so it gets only what evaluates nothing that users of the backed-up database
/// wrote. Anything else, and any kind that is not known, is its owner's.
enum class Runner : char { leader, owner };

/// When an entry is carried out. Grants come twice: those that takes_back_at_once() with what they are about, all of them at the end.
enum class Step : char {
  never,      ///< it says nothing to the database, or the database itself is meant
  pre_data,   ///< in the archive's order
  post_data,  ///< after the rows, by dependency
  grants,     ///< after everything that code may change
  last        ///< event triggers: nothing of ours may come after them
};

/// What an entry of an archive is to a restore. Pure: looks at the archive alone.
class Entries {
 public:
  /// `chosen` = dump ids; empty = all. `toc` is borrowed.
  Entries(const pg_archive::ArchiveToc& toc, const std::set<int>& chosen);

  /// In the archive's order.
  const std::vector<const pg_archive::TocEntry*>& of(Step step) const { return steps_.at(step); }
  /// What every session of the restore begins with: encoding, string syntax, search path.
  const std::string& session_settings() const noexcept { return settings_; }
  bool has_search_path() const noexcept { return has_search_path_; }

  Runner runner(const pg_archive::TocEntry& entry) const;
  /// The owners of what an entry changes, which are not only its own: a table inherits, a partition is attached, statistics are another's.
  std::set<std::string> owners(const pg_archive::TocEntry& entry) const;
  /// The relation, chosen or not; null = the archive has none of that name.
  const pg_archive::TocEntry* relation(const RelationName& name) const;
  const pg_archive::TocEntry* find(int dump_id) const;
  /// Whether the archive says who may use an object, so that it may not be everybody.
  bool has_grants(const pg_archive::TocEntry& entry) const { return granted_.contains(entry.dump_id); }

 private:
  bool validated_by_user_code(const pg_archive::TocEntry& entry) const;

  std::map<int, const pg_archive::TocEntry*> by_id_;
  std::map<RelationName, const pg_archive::TocEntry*> relations_;
  std::map<Step, std::vector<const pg_archive::TocEntry*>> steps_;
  std::set<int> granted_;
  std::string settings_;
  bool has_search_path_ = false;
  bool standard_strings_ = true;
};

/// "TABLE app.orders", for messages.
std::string describe(const pg_archive::TocEntry& entry);
/// What "ALTER … OWNER TO" names; nothing where an entry's object has no owner of its own.
std::optional<std::string> owned_object(const pg_archive::TocEntry& entry);
/// Whether its object has an owner for all that is known, but there is no telling how to name it: a kind of later versions.
bool owned_unknown(const pg_archive::TocEntry& entry);
bool is_relation(const pg_archive::TocEntry& entry);
/// The object that grants are about has rights for everybody from its beginning. Until they are taken back, code could use them.
bool takes_back_at_once(const pg_archive::TocEntry& grants);
/// Those of the grants that give something. What takes rights away comes at the end: an owner who may not write his own table still has
/// to load it.
std::vector<std::string> early_grants(const pg_archive::TocEntry& grants);

}  // namespace holdfast::postgres
