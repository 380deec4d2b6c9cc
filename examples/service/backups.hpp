#pragma once

#include <holdfast/clock.hpp>
#include <holdfast/context.hpp>
#include <holdfast/storage.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace service {

/// Returns "20261120_180411" (UTC).
std::string stamp_of(holdfast::TimePoint time);
/// Returns "backup_20261120_180411.sql.gz".
std::string name_of(holdfast::TimePoint time);
/// Returns the time of a backup's name; none if another program chose the name.
std::optional<holdfast::TimePoint> time_of(std::string_view name);

struct StoredBackup {
  std::string name;
  holdfast::TimePoint time{};
  std::uint64_t size = 0;  ///< bytes
};
/// Returns the backups, oldest first. Ignores all other objects.
std::vector<StoredBackup> list_backups(holdfast::Storage& storage);
/// Returns the newest backup; none if there is none. Skips backups that a wrong clock dated in the future, with a
/// warning: they would be the newest until then. If there are no others, returns the newest of those.
std::optional<StoredBackup> newest_backup(holdfast::Storage& storage, const holdfast::Context& context);

}  // namespace service
