#include "holdfast/scheduler.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <new>

#include "holdfast/error.hpp"
#include "schedule/series_of_runs.hpp"

namespace holdfast {

namespace {
constexpr std::chrono::microseconds kLongestWait = std::chrono::seconds(30);
}

class Scheduler::State {
 public:
  SeriesOfRuns& series(const std::string& name) {
    const auto found = all.find(name);
    if (found == all.end()) throw Error(ErrorCode::not_found, "the scheduler has no schedule '" + name + "'");
    return found->second;
  }

  std::optional<TimePoint> next_due() const {
    std::optional<TimePoint> first;
    for (const auto& [name, series] : all) {
      if (const auto due = series.next_due(); due && (!first || *due < *first)) first = due;
    }
    return first;
  }

  /// Returns the decision about the run that has been due longest.
  std::optional<ScheduledRun> step_once(TimePoint now) {
    for (auto& [name, series] : all) series.see(now);
    const auto due = next_due();
    if (!due || *due > now) return std::nullopt;
    const auto first = std::ranges::find_if(all, [&](const auto& entry) { return entry.second.next_due() == due; });
    return first->second.step(now);
  }

  mutable std::mutex mutex;
  std::condition_variable_any changed;
  std::uint64_t changes = 0;
  std::map<std::string, SeriesOfRuns> all;
};

Scheduler::Scheduler() : state_(std::make_unique<State>()) {}
Scheduler::~Scheduler() = default;

void Scheduler::add(const std::string& name, Schedule schedule, TimePoint since) {
  SeriesOfRuns series(name, std::move(schedule), since);
  const std::lock_guard lock(state_->mutex);
  if (!state_->all.emplace(name, std::move(series)).second)
    throw Error(ErrorCode::already_exists, "the scheduler has a schedule '" + name + "' already; remove it first");
  ++state_->changes;
  state_->changed.notify_all();
}

void Scheduler::remove(const std::string& name) {
  const std::lock_guard lock(state_->mutex);
  state_->series(name);
  state_->all.erase(name);
}

std::vector<ScheduledRun> Scheduler::step(TimePoint now) {
  std::vector<ScheduledRun> decisions;
  const std::lock_guard lock(state_->mutex);
  try {
    for (;;) {
      decisions.reserve(decisions.size() + 1);
      auto decision = state_->step_once(now);
      if (!decision) return decisions;
      decisions.push_back(std::move(*decision));
    }
  } catch (const std::bad_alloc&) {
    if (decisions.empty()) throw;
    return decisions;  // the others are still due
  }
}

void Scheduler::finished(const std::string& name) {
  const std::lock_guard lock(state_->mutex);
  state_->series(name).finished();
  ++state_->changes;
  state_->changed.notify_all();
}

std::optional<TimePoint> Scheduler::next_due() const {
  const std::lock_guard lock(state_->mutex);
  return state_->next_due();
}

std::size_t Scheduler::running() const {
  const std::lock_guard lock(state_->mutex);
  std::size_t running = 0;
  for (const auto& [name, series] : state_->all) running += series.running();
  return running;
}

void Scheduler::run(const Clock& clock, std::stop_token stop, const OnRun& on_run) {
  while (!stop.stop_requested()) {
    const TimePoint now = clock.now();
    std::unique_lock lock(state_->mutex);
    if (const auto decision = state_->step_once(now)) {
      lock.unlock();
      on_run(*decision);
      continue;
    }
    const auto due = state_->next_due();
    const std::uint64_t changes = state_->changes;
    state_->changed.wait_for(lock, stop, due ? std::min(*due - now, kLongestWait) : kLongestWait,
                             [&] { return state_->changes != changes; });
  }
}

std::string_view to_string(RunDecision decision) noexcept {
  switch (decision) {
    case RunDecision::start: return "start";
    case RunDecision::queued: return "queued";
    case RunDecision::overlap: return "overlap";
    case RunDecision::missed: break;
  }
  return "missed";
}

}  // namespace holdfast
