#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"
#include "holdfast/clock.hpp"
#include "holdfast/manifest.hpp"

namespace holdfast {

constexpr int kMaxIdsPerSecond = 999;
constexpr std::size_t kPackedIdSize = 31;

/// Returns "backup_20261120_180411"; with a sequence number above 1, "backup_20261120_180411_2".
BackupId backup_id(TimePoint time, int sequence);
bool is_backup_id(std::string_view text);
/// Returns an id of a packed repository: "backup_20261120_180411_4f1c9a02", the time and four random bytes.
BackupId packed_id(TimePoint time, ByteView random);
bool is_packed_id(std::string_view text);
/// Returns "YYYYMMDDTHHMMSSFFFFFF", for names: later times are greater.
std::string name_time(TimePoint time);
/// 16 lower-case hex digits: the random end of many names.
bool is_hex16(std::string_view text);
/// Returns the age that an id tells, as (second, sequence) for comparisons.
std::pair<TimePoint, int> age_of(const BackupId& id);

/// Returns whether an object's name is that of one of this backup's own objects.
bool belongs_to(std::string_view object, const BackupId& id);
/// Returns the id that an object's name begins with ("ID/…" or "ID.…"), or "".
BackupId id_in(std::string_view object);

/// Returns an entry's or source's name as a part of object names. Keeps only bytes that every shell, file system and
/// object store accepts unchanged.
std::string escape_name(std::string_view name);

/// Gives each entry of a backup an object name that is unique on every storage: also where letter case does not count,
/// and where an object cannot have the name of a folder. Safe from many threads.
class NameTable {
 public:
  /// Returns `base` and `suffix` if that name is free, otherwise makes it unique with `number`.
  std::string take(const std::string& base, const std::string& suffix, std::uint64_t number);

 private:
  bool claim(const std::string& name);

  std::mutex mutex_;
  std::set<std::string> objects_, folders_;  // in lower case
};

}  // namespace holdfast
