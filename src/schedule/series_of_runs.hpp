#pragma once

#include <map>
#include <optional>
#include <string>

#include "holdfast/scheduler.hpp"

namespace holdfast {

/// The runs of one schedule: which are due, which were started, and how many are running. For one thread at a time.
class SeriesOfRuns {
 public:
  SeriesOfRuns(std::string name, Schedule schedule, TimePoint since);

  /// Notices a clock that went back. Call it before `step`.
  void see(TimePoint now);
  /// Returns the next decision about runs that are due at `now`; none if there is nothing to decide.
  std::optional<ScheduledRun> step(TimePoint now);
  void finished();

  /// Returns when `step` will decide something next; none if that is never, or after a run has finished.
  std::optional<TimePoint> next_due() const;
  std::size_t running() const noexcept { return running_; }

 private:
  bool was_taken(TimePoint due) const;
  std::optional<TimePoint> next_not_taken(TimePoint after) const;
  void take(TimePoint due);
  ScheduledRun decide(TimePoint due, std::uint64_t merged, TimePoint now);

  std::string name_;
  Schedule schedule_;
  TimePoint clock_;                // as seen last
  std::optional<TimePoint> next_;  // no decision about it so far
  std::optional<TimePoint> queued_;
  std::size_t running_ = 0;
  // Ranges of due times whose runs were all started or wait: first and last. A clock that goes back meets them again.
  std::map<TimePoint, TimePoint> taken_;
};

}  // namespace holdfast
