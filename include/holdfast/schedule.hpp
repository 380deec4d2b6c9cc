#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/clock.hpp"

namespace holdfast {

/// What becomes of runs that were due while nothing could start them: the host was off, or its clock jumped ahead.
enum class CatchUp {
  none,  ///< they are left out
  once,  ///< one run makes up for all of them
};
std::string_view to_string(CatchUp catch_up) noexcept;  ///< "once"
/// Returns the policy with this name. Throws Error{invalid_argument}.
CatchUp parse_catch_up(std::string_view name);

/// What becomes of a run that is due while an earlier run of the same schedule is not finished.
enum class Overlap {
  skip,   ///< it is left out
  queue,  ///< it starts as soon as the earlier one has finished; at most one waits
  allow,  ///< it starts at once
};
std::string_view to_string(Overlap overlap) noexcept;  ///< "skip"
/// Returns the policy with this name. Throws Error{invalid_argument}.
Overlap parse_overlap(std::string_view name);

struct ScheduleOptions {
  std::string zone = "UTC";        ///< an IANA name, as in "Europe/Berlin": the clock that the expression and `blackouts` mean
  std::string name = {};           ///< decides the delay that `jitter` gives
  std::chrono::seconds jitter{0};  ///< each run is late by the same part of this, which depends on `name` only
  /// Windows in which no run is due. A run in a window is due at its end; several are one. "22:00-06:00" is each day,
  /// "mon-fri 08:00-18:00" begins on these days, "2026-12-24..2026-12-26" is these days as a whole.
  std::vector<std::string> blackouts = {};
  CatchUp catch_up = CatchUp::once;
  Overlap overlap = Overlap::skip;
  /// A run that can't start within this time after it is due is missed. `catch_up` decides on it.
  std::chrono::seconds start_within{300};
};

/// The points in time at which something is due: a pure function of an expression, the options and the system's time
/// zone data. Reads no clock. Immutable; cheap to copy; safe from any thread. docs/schedules.md describes expressions.
///
/// Due times are whole seconds, from the year 1970 to 2399. If the clock of the zone goes forward, a run in the gap is
/// due at its end. If the clock goes back, a run in the repeated time is due once, the first time. An expression for
/// every hour ("5 * * * *") keeps its distances instead: nothing is due in a gap, and repeated times are due twice.
class Schedule {
 public:
  /// Reads a cron expression ("30 2 * * mon-fri", with 6 fields the first is the second), a nickname ("@daily"), or an
  /// interval ("every 6h", "every 14d from 2026-01-05T02:00:00Z"). Throws Error{invalid_argument} for a text, a zone or
  /// an option that is wrong, and for an expression that is never due; Error{not_found} if the system has no time zone
  /// data.
  explicit Schedule(std::string_view expression, ScheduleOptions options = {});

  const std::string& expression() const noexcept;
  const ScheduleOptions& options() const noexcept;

  /// Returns the first due time after `after`; none if that is beyond 2399.
  std::optional<TimePoint> next(TimePoint after) const;
  std::vector<TimePoint> next_times(TimePoint after, std::size_t count) const;
  /// Returns the last due time that is not after `at`; none if that is before 1970.
  std::optional<TimePoint> previous(TimePoint at) const;

  /// Returns the time on the clock of the schedule's zone: "2026-03-29 03:00:00 +02:00".
  std::string local_time(TimePoint time) const;

 private:
  class Rules;
  std::shared_ptr<const Rules> rules_;
};

}  // namespace holdfast
