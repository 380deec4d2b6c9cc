#include <fmt/format.h>

#include <algorithm>

#include "base/duration.hpp"
#include "holdfast/schedule_conflict.hpp"

namespace holdfast {

using namespace std::chrono;

namespace {

constexpr std::size_t kMostRuns = 10'000;
constexpr minutes kShiftStep{5};

/// The runs of a job within the time that is looked at.
struct Load {
  std::vector<TimePoint> starts;
  seconds duration;
};

Load load_of(const PlannedJob& job, TimePoint from, TimePoint until) {
  Load load{{}, usual_duration(job.durations)};
  for (auto due = job.schedule.next(from - microseconds(1)); due && *due < until && load.starts.size() < kMostRuns;
       due = job.schedule.next(*due))
    load.starts.push_back(*due);
  return load;
}

/// Calls `seen` with the begin and length of each time in which a run of both is expected; false ends it.
template <class Seen>
void each_collision(const Load& a, const Load& b, seconds shift_of_b, Seen&& seen) {
  std::size_t first_b = 0;
  for (const TimePoint start_a : a.starts) {
    const TimePoint end_a = start_a + a.duration;
    while (first_b < b.starts.size() && b.starts[first_b] + shift_of_b + b.duration <= start_a) ++first_b;
    for (std::size_t at = first_b; at < b.starts.size() && b.starts[at] + shift_of_b < end_a; ++at) {
      const TimePoint start_b = b.starts[at] + shift_of_b;
      const TimePoint begin = std::max(start_a, start_b);
      if (!seen(begin, floor<seconds>(std::min(end_a, start_b + b.duration) - begin))) return;
    }
  }
}

std::optional<seconds> least_interval(const Load& load) {
  std::optional<seconds> least;
  for (std::size_t at = 1; at < load.starts.size(); ++at) {
    const auto interval = floor<seconds>(load.starts[at] - load.starts[at - 1]);
    if (!least || interval < *least) least = interval;
  }
  return least;
}

class ConflictSearch {
 public:
  ConflictSearch(std::span<const PlannedJob> jobs, TimePoint from, TimePoint until) : jobs_(jobs) {
    for (const PlannedJob& job : jobs) loads_.push_back(load_of(job, from, until));
  }

  std::vector<ScheduleConflict> run() {
    for (std::size_t job = 0; job < jobs_.size(); ++job) {
      if (loads_[job].duration.count() == 0) continue;
      against_itself(job);
      for (std::size_t other = job + 1; other < jobs_.size(); ++other) {
        if (same_server(job, other)) against(job, other);
      }
    }
    return std::move(conflicts_);
  }

 private:
  bool same_server(std::size_t a, std::size_t b) const {
    return jobs_[a].server == jobs_[b].server && loads_[a].duration.count() != 0 && loads_[b].duration.count() != 0;
  }

  void against_itself(std::size_t job) {
    const Load& load = loads_[job];
    ScheduleConflict conflict{.kind = ScheduleConflict::Kind::longer_than_interval, .first = jobs_[job].name};
    for (std::size_t at = 1; at < load.starts.size(); ++at) {
      const auto over = floor<seconds>(load.starts[at - 1] + load.duration - load.starts[at]);
      if (over.count() <= 0) continue;
      if (conflict.times++ == 0) conflict.at = load.starts[at];
      conflict.longest = std::max(conflict.longest, over);
    }
    if (conflict.times > 0) conflicts_.push_back(std::move(conflict));
  }

  void against(std::size_t job, std::size_t other) {
    ScheduleConflict conflict{.first = jobs_[job].name, .second = jobs_[other].name};
    each_collision(loads_[job], loads_[other], seconds(0), [&](TimePoint begin, seconds length) {
      if (conflict.times++ == 0) conflict.at = begin;
      conflict.longest = std::max(conflict.longest, length);
      return true;
    });
    if (conflict.times == 0) return;
    conflict.shift = free_shift(other);
    conflicts_.push_back(std::move(conflict));
  }

  std::optional<seconds> free_shift(std::size_t job) const {
    const seconds most = least_interval(loads_[job]).value_or(hours(24));
    for (seconds shift = kShiftStep; shift < most; shift += kShiftStep) {
      if (is_free(job, shift)) return shift;
    }
    return std::nullopt;
  }

  bool is_free(std::size_t job, seconds shift) const {
    for (std::size_t other = 0; other < jobs_.size(); ++other) {
      if (other == job || !same_server(job, other)) continue;
      bool free = true;
      each_collision(loads_[other], loads_[job], shift, [&](TimePoint, seconds) { return free = false; });
      if (!free) return false;
    }
    return true;
  }

  std::span<const PlannedJob> jobs_;
  std::vector<Load> loads_;
  std::vector<ScheduleConflict> conflicts_;
};

}  // namespace

seconds usual_duration(std::vector<seconds> durations) {
  if (durations.empty()) return seconds(0);
  const auto rank = static_cast<std::ptrdiff_t>((durations.size() * 9 + 9) / 10 - 1);
  std::ranges::nth_element(durations, durations.begin() + rank);
  return durations[static_cast<std::size_t>(rank)];
}

std::string ScheduleConflict::text() const {
  if (kind == Kind::longer_than_interval)
    return fmt::format("{}: a run is not finished when the next one is due, first at {}, {} times, by up to {}; choose a longer interval",
                       first, format_time(at), times, format_duration(longest));
  return fmt::format(
      "{} and {} run at once, first at {}, {} times, for up to {}; {}", first, second, format_time(at), times, format_duration(longest),
      shift ? fmt::format("if {} begins {} later, they do not", second, format_duration(*shift)) : "no shift below its interval avoids it");
}

std::vector<ScheduleConflict> find_conflicts(std::span<const PlannedJob> jobs, TimePoint from, TimePoint until) {
  return ConflictSearch(jobs, from, until).run();
}

}  // namespace holdfast
