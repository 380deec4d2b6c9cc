#include "schedule/series_of_runs.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {
constexpr std::uint64_t kMostCounted = 1000;
constexpr std::size_t kMostRanges = 1000;  // the oldest are beyond any jump
}  // namespace

SeriesOfRuns::SeriesOfRuns(std::string name, Schedule schedule, TimePoint since)
    : name_(std::move(name)), schedule_(std::move(schedule)), clock_(since), next_(schedule_.next(since)), taken_{{since, since}} {}

bool SeriesOfRuns::was_taken(TimePoint due) const {
  const auto later = taken_.upper_bound(due);
  return later != taken_.begin() && due <= std::prev(later)->second;
}

std::optional<TimePoint> SeriesOfRuns::next_not_taken(TimePoint after) const {
  auto due = schedule_.next(after);
  while (due && was_taken(*due)) due = schedule_.next(std::prev(taken_.upper_bound(*due))->second);
  return due;
}

void SeriesOfRuns::take(TimePoint due) {
  const auto later = taken_.upper_bound(due);
  if (later != taken_.begin() && schedule_.next(std::prev(later)->second) == due) {
    std::prev(later)->second = due;
  } else {
    taken_.emplace(due, due);
    if (taken_.size() > kMostRanges) taken_.erase(taken_.begin());
  }
}

ScheduledRun SeriesOfRuns::decide(TimePoint due, std::uint64_t merged, TimePoint now) {
  const ScheduleOptions& options = schedule_.options();
  if (options.catch_up == CatchUp::none && now - due > options.start_within) return {name_, due, RunDecision::missed, merged};
  const bool starts = running_ == 0 || options.overlap == Overlap::allow;
  if (!starts && (options.overlap == Overlap::skip || queued_)) return {name_, due, RunDecision::overlap, merged};
  ScheduledRun run{name_, due, starts ? RunDecision::start : RunDecision::queued, merged};
  take(due);
  if (starts) {
    ++running_;
  } else {
    queued_ = due;
  }
  return run;
}

void SeriesOfRuns::see(TimePoint now) {
  if (now < clock_) next_ = next_not_taken(now);
  clock_ = now;
}

std::optional<ScheduledRun> SeriesOfRuns::step(TimePoint now) {
  if (queued_ && running_ == 0) {
    ScheduledRun run{name_, *queued_, RunDecision::start, 0};
    queued_.reset();
    ++running_;
    return run;
  }
  if (!next_ || *next_ > now) return std::nullopt;
  TimePoint due = *next_;
  std::uint64_t merged = 0;
  auto following = next_not_taken(due);
  for (; following && *following <= now; following = next_not_taken(due)) {
    due = *following;
    if (++merged < kMostCounted) continue;
    if (const auto last = schedule_.previous(now); last && !was_taken(*last)) due = *last;
    following = next_not_taken(now);
    break;
  }
  ScheduledRun run = decide(due, merged, now);
  next_ = following;  // only now: without memory for the decision, the run is still due
  return run;
}

void SeriesOfRuns::finished() {
  if (running_ == 0) throw Error(ErrorCode::invalid_state, "schedule '" + name_ + "': no run is running, so none can have finished");
  --running_;
}

std::optional<TimePoint> SeriesOfRuns::next_due() const {
  if (queued_ && running_ == 0) return std::min(*queued_, clock_);  // at once, also if the clock went back since
  return next_;
}

}  // namespace holdfast
