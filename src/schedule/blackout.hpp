#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schedule/cron_field.hpp"
#include "schedule/zone.hpp"

namespace holdfast {

/// A window on a zone's clock: some days of each week, or some dates.
struct Blackout {
  Bits weekdays = 0;                       ///< on which a weekly window begins; none: `begin` and `end` are dates
  std::chrono::minutes from{0}, until{0};  ///< since midnight; a window over midnight ends beyond 24 hours
  local_seconds begin{}, end{};
};

/// Reads "22:00-06:00", "mon-fri 08:00-18:00" or "2026-12-24..2026-12-26". Throws Error{invalid_argument}.
Blackout parse_blackout(const std::string& text);

/// The windows of one schedule.
class Blackouts {
 public:
  /// Throws Error{invalid_argument} for a wrong text, and for windows that leave no minute of a week free.
  explicit Blackouts(const std::vector<std::string>& texts);

  /// Returns `time`, or the first moment after it that is in no window.
  sys_seconds leave(const Zone& zone, sys_seconds time) const;

 private:
  /// Returns the end of the window around `time`, if there is one.
  std::optional<local_seconds> end_of_window(local_seconds time) const;

  std::vector<Blackout> windows_;
};

}  // namespace holdfast
