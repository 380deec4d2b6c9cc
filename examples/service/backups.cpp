#include "backups.hpp"

#include <holdfast/error.hpp>
#include <holdfast/manifest.hpp>

#include <algorithm>

namespace service {

namespace hf = holdfast;

namespace {

constexpr std::string_view kPrefix = "backup_", kSuffix = ".sql.gz";

}  // namespace

std::string stamp_of(hf::TimePoint time) {
  std::string stamp = hf::format_time(time);  // 2026-11-20T18:04:11Z
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  std::ranges::replace(stamp, 'T', '_');
  return stamp;
}

std::string name_of(hf::TimePoint time) { return std::string(kPrefix) + stamp_of(time) + std::string(kSuffix); }

std::optional<hf::TimePoint> time_of(std::string_view name) {
  if (name.size() != name_of({}).size() || !name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return {};
  const std::string stamp(name.substr(kPrefix.size(), 15));
  try {
    const hf::TimePoint time = hf::parse_time(stamp.substr(0, 4) + "-" + stamp.substr(4, 2) + "-" + stamp.substr(6, 2) + "T" +
                                              stamp.substr(9, 2) + ":" + stamp.substr(11, 2) + ":" + stamp.substr(13, 2) + "Z");
    if (name_of(time) == name) return time;
  } catch (const hf::Error&) {  // digits that are no time
  }
  return {};
}

std::vector<StoredBackup> list_backups(hf::Storage& storage) {
  std::vector<StoredBackup> backups;
  storage.list(kPrefix, [&](const hf::ObjectInfo& object) {
    if (const auto time = time_of(object.name)) backups.push_back({object.name, *time, object.size});
    return true;
  });
  return backups;  // the order of the names is that of the times
}

std::optional<StoredBackup> newest_backup(hf::Storage& storage, const hf::Context& context) {
  const std::vector<StoredBackup> backups = list_backups(storage);
  if (backups.empty()) return {};
  const hf::TimePoint now = context.now();
  const auto is_past = [now](const StoredBackup& backup) { return !hf::is_in_future(backup.time, now); };
  const auto newest = std::find_if(backups.rbegin(), backups.rend(), is_past);
  if (newest == backups.rbegin()) return *newest;
  const bool all = newest == backups.rend();
  context.warn(
      std::string("is dated in the future, ") +
          (all ? "as are all backups: it is used as the newest; check the clock of this machine" : "and skipped; name it to use it"),
      backups.back().name);
  return all ? backups.back() : *newest;
}

}  // namespace service
