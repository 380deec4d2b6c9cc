#include "schedule/blackout.hpp"

#include <algorithm>
#include <bitset>
#include <cstdio>

#include "base/ascii.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

using namespace std::chrono;

namespace {

constexpr minutes kDayLength = hours(24);

[[noreturn]] void refuse_blackout(const std::string& text) {
  throw Error(ErrorCode::invalid_argument,
              "blackout '" + text + "' is no window of time; write 22:00-06:00, mon-fri 08:00-18:00 or 2026-12-24..2026-12-26");
}

/// Returns whether the text has this shape: '0' is any digit.
bool has_shape(std::string_view text, std::string_view shape) {
  return std::ranges::equal(text, shape, [](char c, char wanted) { return wanted == '0' ? is_ascii_digit(c) : c == wanted; });
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int number = 0;
  for (const char digit : text.substr(at, digits)) number = number * 10 + (digit - '0');
  return number;
}

/// "08:00" to "24:00"
std::optional<minutes> clock_time(std::string_view text) {
  if (!has_shape(text, "00:00") || number_at(text, 3, 2) > 59) return std::nullopt;
  const minutes time = hours(number_at(text, 0, 2)) + minutes(number_at(text, 3, 2));
  return time > kDayLength ? std::nullopt : std::optional(time);
}

std::optional<local_days> date_in(std::string_view text) {
  if (!has_shape(text, "0000-00-00")) return std::nullopt;
  const year_month_day date(year(number_at(text, 0, 4)), month(static_cast<unsigned>(number_at(text, 5, 2))),
                            day(static_cast<unsigned>(number_at(text, 8, 2))));
  return date.ok() ? std::optional(local_days(date)) : std::nullopt;
}

Blackout dated(const std::string& text, std::size_t dots) {
  const auto first = date_in(std::string_view(text).substr(0, dots)), last = date_in(std::string_view(text).substr(dots + 2));
  if (!first || !last || *first > *last) refuse_blackout(text);
  return {.begin = *first, .end = *last + days(1)};
}

Blackout weekly(const std::string& text) {
  const std::size_t space = text.find(' ');
  const std::string_view times = std::string_view(text).substr(space == std::string::npos ? 0 : space + 1);
  const std::size_t dash = times.find('-');
  const auto from = clock_time(times.substr(0, dash));
  const auto until = dash == std::string_view::npos ? std::nullopt : clock_time(times.substr(dash + 1));
  if (!from || !until || *from == *until || *from == kDayLength) refuse_blackout(text);
  const Bits weekdays = parse_cron_field(kWeekday, space == std::string::npos ? "*" : std::string_view(text).substr(0, space));
  return {.weekdays = weekdays, .from = *from, .until = *until > *from ? *until : *until + kDayLength};
}

/// Returns the end of the window if `time` is in it: in the one that began on that day, or on the day before.
std::optional<local_seconds> end_of_window_of(const Blackout& window, local_seconds time) {
  if (window.weekdays == 0) return time >= window.begin && time < window.end ? std::optional(window.end) : std::nullopt;
  const local_days today = floor<days>(time);
  for (const local_days day : {today, today - days(1)}) {
    const bool begins = has(window.weekdays, static_cast<int>(weekday(day).c_encoding()));
    if (begins && time >= day + window.from && time < day + window.until) return day + window.until;
  }
  return std::nullopt;
}

}  // namespace

Blackout parse_blackout(const std::string& text) {
  const std::size_t dots = text.find("..");
  return dots == std::string::npos ? weekly(text) : dated(text, dots);
}

Blackouts::Blackouts(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) windows_.push_back(parse_blackout(text));
  // Weekly windows begin and end at whole minutes. Windows of dates end by themselves.
  std::vector<Blackout> weekly_windows;
  std::ranges::copy_if(windows_, std::back_inserter(weekly_windows), [](const Blackout& window) { return window.weekdays != 0; });
  const local_seconds week{};
  for (local_seconds time = week; time < week + days(7); time += minutes(1)) {
    if (std::ranges::none_of(weekly_windows, [&](const Blackout& window) { return end_of_window_of(window, time).has_value(); })) return;
  }
  throw Error(ErrorCode::invalid_argument, "the blackouts cover the whole week, so nothing is ever due; leave some time free");
}

std::optional<local_seconds> Blackouts::end_of_window(local_seconds time) const {
  for (const Blackout& window : windows_) {
    if (const auto end = end_of_window_of(window, time)) return end;
  }
  return std::nullopt;
}

sys_seconds Blackouts::leave(const Zone& zone, sys_seconds time) const {
  if (windows_.empty()) return time;
  for (;;) {
    const local_seconds local = zone.local(time);
    const auto end = end_of_window(local);
    if (!end) return time;
    // The clock runs evenly until its next change, which may lead out of the window or back into it.
    const auto change = zone.next_change(time);
    const sys_seconds end_time = time + (*end - local);
    time = change && change->at < end_time ? change->at : end_time;
  }
}

}  // namespace holdfast
