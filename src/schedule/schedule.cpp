#include "holdfast/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/big_endian.hpp"
#include "base/xxh3.hpp"
#include "holdfast/error.hpp"
#include "schedule/blackout.hpp"
#include "schedule/cron.hpp"
#include "schedule/interval.hpp"
#include "schedule/zoned_cron.hpp"

namespace holdfast {

using namespace std::chrono;

namespace {

constexpr sys_seconds kFirst{}, kEnd = sys_days(year(2400) / 1 / 1);
constexpr std::size_t kLongestExpression = 1000;

std::variant<Interval, Cron> parse_expression(std::string_view text) {
  if (text.size() > kLongestExpression) throw Error(ErrorCode::invalid_argument, "it is longer than 1000 characters");
  const std::size_t first = std::min(text.find_first_not_of(" \t"), text.size());
  text = text.substr(first, text.find_last_not_of(" \t") + 1 - first);
  if (const auto interval = Interval::parse(text)) return *interval;
  return Cron::parse(text);
}

/// Spreads schedules of different names over the jitter, and each one's runs by the same part of it.
seconds delay_of(const ScheduleOptions& options) {
  if (options.jitter.count() == 0) return seconds(0);
  if (options.jitter.count() < 0) throw Error(ErrorCode::invalid_argument, "the jitter is negative");
  if (options.name.empty()) throw Error(ErrorCode::invalid_argument, "the jitter needs a name, which decides on the delay");
  Xxh3 hash;
  hash.update(as_bytes(options.name));
  return seconds(number_in<std::uint64_t>(hash.finish()) % (static_cast<std::uint64_t>(options.jitter.count()) + 1));
}

}  // namespace

class Schedule::Rules {
 public:
  Rules(std::string_view text, ScheduleOptions given)
      : expression(text),
        options(std::move(given)),
        zone(options.zone),
        when_(parse_expression(text)),
        delay_(delay_of(options)),
        blackouts_(options.blackouts) {
    if (options.start_within.count() < 0) throw Error(ErrorCode::invalid_argument, "start_within is negative");
  }

  std::optional<sys_seconds> next(sys_seconds after) const {
    if (after >= kEnd) return std::nullopt;
    after = std::max(after, kFirst - seconds(1));
    // If `after` is in a blackout, its last run before may still wait for the end.
    if (const sys_seconds end = blackouts_.leave(zone, after); end > after) {
      if (const auto last = last_undisturbed(after); last && blackouts_.leave(zone, *last) == end) return end;
    }
    const auto found = next_undisturbed(after);
    if (!found) return std::nullopt;
    const sys_seconds due = blackouts_.leave(zone, *found);
    return due < kEnd ? std::optional(due) : std::nullopt;
  }

  std::optional<sys_seconds> previous(sys_seconds at) const {
    return last_until(std::min(at, kEnd), [this](sys_seconds after) { return next(after); });
  }

  const std::string expression;
  const ScheduleOptions options;
  const Zone zone;

 private:
  /// As if there were no blackouts.
  std::optional<sys_seconds> next_undisturbed(sys_seconds after) const {
    const sys_seconds undelayed = after - delay_;
    const Interval* interval = std::get_if<Interval>(&when_);
    const auto found =
        interval != nullptr ? std::optional(interval->next(undelayed)) : next_in_zone(std::get<Cron>(when_), zone, undelayed);
    return found ? std::optional(*found + delay_) : std::nullopt;
  }

  std::optional<sys_seconds> last_undisturbed(sys_seconds at) const {
    return last_until(at, [this](sys_seconds after) { return next_undisturbed(after); });
  }

  /// Returns the last due time until `at`, by halving: `next_after` returns the first one after a moment.
  template <class Next>
  static std::optional<sys_seconds> last_until(sys_seconds at, Next&& next_after) {
    const auto due_until_at = [&](sys_seconds after) {
      const auto due = next_after(after);
      return due && *due <= at;
    };
    sys_seconds has = at, has_not = at;
    for (seconds back(60); has == at; back *= 2) {
      const sys_seconds before = std::max(at - back, kFirst - seconds(1));
      if (due_until_at(before)) {
        has = before;
      } else if (before < kFirst) {
        return std::nullopt;
      } else {
        has_not = before;
      }
    }
    while (has_not - has > seconds(1)) {
      const sys_seconds middle = has + (has_not - has) / 2;
      (due_until_at(middle) ? has : has_not) = middle;
    }
    return has_not;
  }

  std::variant<Interval, Cron> when_;
  seconds delay_;
  Blackouts blackouts_;
};

Schedule::Schedule(std::string_view expression, ScheduleOptions options) try
    : rules_(std::make_shared<const Rules>(expression, std::move(options))) {
} catch (const Error& error) {
  throw error.with_context(fmt::format("schedule '{}'", expression.substr(0, 100)));
}

const std::string& Schedule::expression() const noexcept { return rules_->expression; }
const ScheduleOptions& Schedule::options() const noexcept { return rules_->options; }

std::optional<TimePoint> Schedule::next(TimePoint after) const { return rules_->next(floor<seconds>(after)); }

std::vector<TimePoint> Schedule::next_times(TimePoint after, std::size_t count) const {
  std::vector<TimePoint> times;
  for (auto due = next(after); due && times.size() < count; due = next(*due)) times.push_back(*due);
  return times;
}

std::optional<TimePoint> Schedule::previous(TimePoint at) const { return rules_->previous(floor<seconds>(at)); }

std::string Schedule::local_time(TimePoint time) const {
  const sys_seconds whole = floor<seconds>(time);
  const minutes offset = floor<minutes>(rules_->zone.offset(whole));
  std::string text = format_time(sys_seconds(rules_->zone.local(whole).time_since_epoch()));
  text.replace(10, 1, " ").pop_back();
  return fmt::format("{} {}{:02}:{:02}", text, offset.count() < 0 ? '-' : '+', abs(offset).count() / 60, abs(offset).count() % 60);
}

}  // namespace holdfast
