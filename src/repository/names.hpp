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

/// "backup_20261120_180411", and with a sequence number above 1 "backup_20261120_180411_2".
BackupId backup_id(TimePoint time, int sequence);
bool is_backup_id(std::string_view text);
/// In a packed repository: "backup_20261120_180411_4f1c9a02", the time and random bytes (four).
BackupId packed_id(TimePoint time, ByteView random);
bool is_packed_id(std::string_view text);
/// 16 lower-case hex digits: the random end of many names.
bool is_hex16(std::string_view text);
/// What an id says of its backup's age: compares as (second, sequence).
std::pair<TimePoint, int> age_of(const BackupId& id);

/// Whether an object is named as one of this backup's own.
bool belongs_to(std::string_view object, const BackupId& id);
/// The id an object name begins with ("ID/…" or "ID.…"), or "" if it begins with none.
BackupId id_in(std::string_view object);

/// An entry's or source's name as part of object names: only bytes that every shell, file system and object store takes as they are.
std::string escape_name(std::string_view name);

/// Gives each entry of a backup an object name that is its own on every storage: also where letter case does not count, and
/// where an object cannot have the name of a folder. Safe from many threads.
class NameTable {
 public:
  /// `base` is used up to `suffix` if it can be, else made unique with `number`.
  std::string take(const std::string& base, const std::string& suffix, std::uint64_t number);

 private:
  bool claim(const std::string& name);

  std::mutex mutex_;
  std::set<std::string> objects_, folders_;  // lower-case
};

}  // namespace holdfast
