#include "retention/calendar.hpp"

#include <fmt/format.h>

namespace holdfast {

using namespace std::chrono;

namespace {

/// ISO 8601: a week belongs to the year of its Thursday.
std::string iso_week(sys_days day) {
  const sys_days thursday = day - days(weekday(day).iso_encoding() - 1) + days(3);
  const year week_year = year_month_day(thursday).year();
  const auto week = (thursday - sys_days(week_year / January / 1)).count() / 7 + 1;
  return fmt::format("{:04}-W{:02}", static_cast<int>(week_year), week);
}

}  // namespace

std::string period_of(Period period, TimePoint time, minutes utc_offset) {
  const TimePoint local = time + utc_offset;
  const sys_days day = floor<days>(local);
  const year_month_day date(day);
  const int year_number = static_cast<int>(date.year());
  const auto month_number = static_cast<unsigned>(date.month());
  const auto day_number = static_cast<unsigned>(date.day());
  switch (period) {
    case Period::hour:
      return fmt::format("{:04}-{:02}-{:02}T{:02}", year_number, month_number, day_number, floor<hours>(local - day).count());
    case Period::day: return fmt::format("{:04}-{:02}-{:02}", year_number, month_number, day_number);
    case Period::week: return iso_week(day);
    case Period::month: return fmt::format("{:04}-{:02}", year_number, month_number);
    case Period::year: break;
  }
  return fmt::format("{:04}", year_number);
}

std::string format_duration(seconds duration) {
  const auto d = floor<days>(duration);
  const auto h = floor<hours>(duration - d);
  const auto m = floor<minutes>(duration - d - h);
  const auto s = duration - d - h - m;
  std::string text;
  if (d.count() != 0) text += fmt::format("{}d", d.count());
  if (h.count() != 0) text += fmt::format("{}h", h.count());
  if (m.count() != 0) text += fmt::format("{}m", m.count());
  if (s.count() != 0 || text.empty()) text += fmt::format("{}s", s.count());
  return text;
}

}  // namespace holdfast
