#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/clock.hpp"
#include "holdfast/schedule.hpp"

namespace holdfast {

/// What a scheduler decided about a run that was due.
enum class RunDecision {
  start,    ///< start it now, and call `finished` when it has ended
  queued,   ///< an earlier run is not finished; this one starts after it, with a decision of its own
  overlap,  ///< left out: an earlier run is not finished, and none more may wait
  missed,   ///< left out: it is too late, and the schedule does not catch up
};
std::string_view to_string(RunDecision decision) noexcept;  ///< "start"

struct ScheduledRun {
  std::string name;  ///< of the schedule
  TimePoint due;
  RunDecision decision = RunDecision::start;
  /// Runs that were due before this one, since the last decision, and are part of this decision; it counts up to 1000.
  std::uint64_t merged = 0;
};

/// Decides which runs of many schedules start when. A host either calls `step` itself, at the times of `next_due` and,
/// to notice a clock that goes back, every minute; or lets `run` do so. Has no thread and no clock of its own. All
/// calls are safe from any thread.
///
/// A clock that jumps loses no run and doubles none: a jump ahead makes runs late, about which `Schedule` has policies.
/// After a jump back, runs are due again except those that were started.
class Scheduler {
 public:
  Scheduler();
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Adds a schedule. `since` is the due time of the last run that was started, in this process or an earlier one, or
  /// the present for a new schedule: runs after it are due. Throws Error{already_exists} for a known name.
  void add(const std::string& name, Schedule schedule, TimePoint since);
  /// Forgets a schedule, also while its run is not finished. Throws Error{not_found}.
  void remove(const std::string& name);

  /// Decides about all runs that are due at `now`, those first that have been due longest.
  std::vector<ScheduledRun> step(TimePoint now);
  /// Tells that a started run has ended. Throws Error{not_found}, and Error{invalid_state} if none is running.
  void finished(const std::string& name);

  /// Returns when `step` will decide something next; none if that is never, or after a run has finished.
  std::optional<TimePoint> next_due() const;
  /// Returns the number of started runs that have not finished.
  std::size_t running() const;

  using OnRun = std::function<void(const ScheduledRun&)>;
  /// Gives each decision to `on_run`, on the calling thread, until a stop is requested; then it returns as soon as
  /// `on_run` does. `on_run` may do the work itself, or start it elsewhere; after a stop, the host waits for that work.
  /// An exception of `on_run` ends it. Reads `clock` at least every 30 seconds, and so notices jumps.
  void run(const Clock& clock, std::stop_token stop, const OnRun& on_run);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace holdfast
