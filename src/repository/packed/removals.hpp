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

/// Return the names that are tried first. If another object has the name, a random one is used.
std::string removal_object(const BackupId& id);
std::string final_object(const BackupId& id);  ///< exists if the backup was or is being collected

/// The records of one backup's removal, as far as they open under the key.
struct RemovalState {
  struct Removal {
    ObjectInfo object;
    Hash sha256{};       ///< of the stored removal
    bool never = false;  ///< the backup was not removed: it never existed
  };
  struct Final {
    ObjectInfo object;
    std::set<Hash> removals;  ///< that it carries out
    bool any = false;         ///< written by earlier versions: carries out any removal
    bool carries_out(const Hash& removal) const { return any || removals.contains(removal); }
  };
  std::vector<Removal> removals;  ///< that nobody took back
  std::vector<Final> finals;
  std::set<Hash> taken_back;  ///< removals that were taken back

  bool is_removed() const { return !removals.empty(); }
  bool never_was() const;
  /// Returns whether the backup was or is being collected.
  bool is_final() const;
  bool is_on_record() const { return is_removed() || is_final(); }
  /// Returns whether the records explain that the backup is missing. A `.final` does so even if its removal was taken
  /// back too late.
  bool explains_absence() const { return is_removed() || !finals.empty(); }
  /// Returns the time of the removal, by the storage's clock.
  TimePoint since() const;
};

/// The removals of a repository. Lists once; reads the objects of a backup on request. One thread at a time.
class Removals {
 public:
  /// `only` limits it to one backup.
  Removals(const PackedPlace& place, Doubts& doubts, const BackupId& only = {});

  /// Returns the backups that any object is named after, whether it opens or not.
  std::vector<BackupId> ids() const;
  /// Returns the objects of all backups.
  std::vector<std::string> objects() const;
  const RemovalState& of(const BackupId& id);
  /// Reads the objects of these backups, many at a time.
  void read_all(const std::vector<BackupId>& ids);

 private:
  const PackedPlace& place_;
  Doubts& doubts_;
  std::map<BackupId, std::vector<ObjectInfo>> named_;
  std::map<BackupId, RemovalState> states_;
};

RemovalState removal_state(const PackedPlace& place, Doubts& doubts, const BackupId& id);
/// Opens an object under "removed/". Throws Error{corrupt} that names it.
void check_removal(const PackedPlace& place, const std::string& object);

/// Puts the removal record of an existing backup. Throws Error{not_found}.
void put_removal(const PackedPlace& place, const BackupId& id, const Context& context);
/// Records that a backup never existed, unless its record exists. A collector calls this after it has fenced the
/// writer.
void put_never(const PackedPlace& place, Doubts& doubts, const BackupId& id);
/// Records that a removal can no longer be taken back. Returns the object's name; none if that was already recorded.
std::optional<std::string> put_final(const PackedPlace& place, Doubts& doubts, const BackupId& id);
/// Takes the removal back. Throws Error{not_found}, or Error{conflict} if the backup is being collected.
void take_back_removal(const PackedPlace& place, const BackupId& id, const Context& context);

}  // namespace holdfast
