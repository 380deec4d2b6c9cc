#pragma once

#include <absl/time/time.h>

#include <chrono>
#include <optional>
#include <string>

namespace holdfast {

using std::chrono::local_seconds;
using std::chrono::sys_seconds;

/// A change of a zone's offset: its clock goes from `from` to `to` at once.
struct ClockChange {
  sys_seconds at;
  local_seconds from, to;
};

/// One zone of the system's time zone data. Safe from any thread.
class Zone {
 public:
  /// Throws Error{invalid_argument} for an unknown name, Error{not_found} if the system has no time zone data.
  explicit Zone(const std::string& name);

  std::chrono::seconds offset(sys_seconds time) const;
  local_seconds local(sys_seconds time) const { return local_seconds(time.time_since_epoch() + offset(time)); }
  std::optional<ClockChange> next_change(sys_seconds after) const;  ///< after `after`
  std::optional<ClockChange> last_change(sys_seconds at) const;     ///< at `at` or before

 private:
  absl::TimeZone zone_;
};

}  // namespace holdfast
