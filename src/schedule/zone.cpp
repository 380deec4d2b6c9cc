#include "schedule/zone.hpp"

#include <algorithm>
#include <filesystem>

#include "base/ascii.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

const std::filesystem::path kZoneData = "/usr/share/zoneinfo";

/// A name of the zone data is a relative path of plain words: nothing that leads elsewhere.
bool is_zone_name(const std::string& name) {
  const auto plain = [](char c) { return is_ascii_alnum(c) || c == '_' || c == '-' || c == '+' || c == '/'; };
  return !name.empty() && name.size() <= 64 && name.front() != '/' && std::ranges::all_of(name, plain);
}

/// Loads by the full path: for a bare name, the library would ask the environment where the data is.
absl::TimeZone load(const std::string& name) {
  if (name == "UTC") return absl::UTCTimeZone();
  std::error_code ignored;
  if (!std::filesystem::is_directory(kZoneData, ignored))
    throw Error(ErrorCode::not_found, "time zone '" + name + "': the system has no time zone data in " + kZoneData.string() +
                                          ": install the package tzdata, or use UTC");
  absl::TimeZone zone;
  const std::filesystem::path path = kZoneData / name;
  if (!is_zone_name(name) || !std::filesystem::is_regular_file(path, ignored) || !absl::LoadTimeZone(path.string(), &zone))
    throw Error(ErrorCode::invalid_argument, "time zone '" + name + "' is unknown; write an IANA name, as in Europe/Berlin, or UTC");
  return zone;
}

absl::Time to_absl(sys_seconds time) { return absl::FromUnixSeconds(time.time_since_epoch().count()); }
local_seconds to_local(const absl::CivilSecond& civil) { return local_seconds(std::chrono::seconds(civil - absl::CivilSecond(1970))); }

ClockChange to_change(const absl::TimeZone& zone, const absl::TimeZone::CivilTransition& found) {
  // The earlier of both is skipped or repeated, and so knows the moment. If they are equal, only the name changes.
  const absl::TimeZone::TimeInfo info = zone.At(std::min(found.from, found.to));
  return {sys_seconds(std::chrono::seconds(absl::ToUnixSeconds(found.from == found.to ? info.pre : info.trans))), to_local(found.from),
          to_local(found.to)};
}

}  // namespace

Zone::Zone(const std::string& name) : zone_(load(name)) {}

std::chrono::seconds Zone::offset(sys_seconds time) const { return std::chrono::seconds(zone_.At(to_absl(time)).offset); }

std::optional<ClockChange> Zone::next_change(sys_seconds after) const {
  absl::TimeZone::CivilTransition found;
  if (!zone_.NextTransition(to_absl(after), &found)) return std::nullopt;
  return to_change(zone_, found);
}

std::optional<ClockChange> Zone::last_change(sys_seconds at) const {
  absl::TimeZone::CivilTransition found;
  if (!zone_.PrevTransition(to_absl(at) + absl::Seconds(1), &found)) return std::nullopt;
  return to_change(zone_, found);
}

}  // namespace holdfast
