#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "holdfast/schedule.hpp"

namespace holdfast {

/// A job whose load matters: its schedule, and how long its runs take.
struct PlannedJob {
  std::string name;
  Schedule schedule;
  std::string server;                           ///< that it loads; jobs of different servers never collide
  std::vector<std::chrono::seconds> durations;  ///< of earlier runs, in any order; none = no claim about it
};

/// Returns the time within which nine of ten runs ended; 0 for no runs.
std::chrono::seconds usual_duration(std::vector<std::chrono::seconds> durations);

struct ScheduleConflict {
  enum class Kind {
    collision,             ///< runs of two jobs load one server at the same time
    longer_than_interval,  ///< a run is not finished when the next one is due
  };
  Kind kind = Kind::collision;
  std::string first, second;        ///< names of the jobs; `second` is empty for longer_than_interval
  TimePoint at;                     ///< the first time
  std::uint64_t times = 0;          ///< within the time that was looked at
  std::chrono::seconds longest{0};  ///< for which the two run at once, or by which a run is longer than its interval
  /// Delay of `second` with which it collides with none of the jobs, the least of whole 5 minutes; none if there is
  /// none below its interval.
  std::optional<std::chrono::seconds> shift = {};

  std::string text() const;  ///< one line that says all this
};

/// Looks at all runs from `from` until before `until`, at most 10,000 of each job, and returns what is wrong, in the
/// order of the jobs. Runs are expected to take their usual duration.
std::vector<ScheduleConflict> find_conflicts(std::span<const PlannedJob> jobs, TimePoint from, TimePoint until);

}  // namespace holdfast
