#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "repository/doubts.hpp"
#include "repository/packed/backup_record.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

constexpr std::string_view kRemoved = "removed/";

/// The names that are tried first; where somebody else's object has one, another is found.
std::string removal_object(const BackupId& id);
std::string final_object(const BackupId& id);  ///< there: the backup was collected, or just is

/// What is on record of one backup's removal, as far as it opens under the key.
struct RemovalState {
  struct Removal {
    ObjectInfo object;
    Hash sha256{};       ///< of the stored removal
    bool never = false;  ///< the backup was not removed, it never was
  };
  struct Final {
    ObjectInfo object;
    std::set<Hash> removals;  ///< that it carries out
    bool any = false;         ///< as was written once: whatever removal there was
    bool carries_out(const Hash& removal) const { return any || removals.contains(removal); }
  };
  std::vector<Removal> removals;  ///< that nobody took back
  std::vector<Final> finals;
  std::set<Hash> taken_back;  ///< removals

  bool is_removed() const { return !removals.empty(); }
  bool never_was() const;
  /// Whether the backup is collected, or just is.
  bool is_final() const;
  bool is_on_record() const { return is_removed() || is_final(); }
  /// Whether the backup may be gone by right; a `.final` says so also of a removal that was taken back too late.
  bool explains_absence() const { return is_removed() || !finals.empty(); }
  /// When it was removed, by the storage's time.
  TimePoint since() const;
};

/// The removals of a repository: one listing, of which each backup's objects are read when they are asked for. One thread at a time.
class Removals {
 public:
  /// `only`: of one backup.
  Removals(const PackedPlace& place, Doubts& doubts, const BackupId& only = {});

  /// The backups that some object is named after, whether it opens or not.
  std::vector<BackupId> ids() const;
  /// All objects, of whatever backup.
  std::vector<std::string> objects() const;
  const RemovalState& of(const BackupId& id);
  /// Reads what there is of these backups, many at a time.
  void read_all(const std::vector<BackupId>& ids);

 private:
  const PackedPlace& place_;
  Doubts& doubts_;
  std::map<BackupId, std::vector<ObjectInfo>> named_;
  std::map<BackupId, RemovalState> states_;
};

RemovalState removal_state(const PackedPlace& place, Doubts& doubts, const BackupId& id);
/// Opens an object under "removed/". Throws Error{corrupt} naming it.
void check_removal(const PackedPlace& place, const std::string& object);

/// Puts the removal record of a backup that is there. Throws Error{not_found}.
void put_removal(const PackedPlace& place, const BackupId& id, const Context& context);
/// Puts on record that a backup never was, unless its record is there: a collector does, once it fenced the writer.
void put_never(const PackedPlace& place, Doubts& doubts, const BackupId& id);
/// Puts on record that a removal can't be taken back any more; the object's name. None if that was on record.
std::optional<std::string> put_final(const PackedPlace& place, Doubts& doubts, const BackupId& id);
/// Takes the removal back. Throws Error{not_found}, or Error{conflict} if the backup is being collected.
void take_back_removal(const PackedPlace& place, const BackupId& id, const Context& context);

}  // namespace holdfast
