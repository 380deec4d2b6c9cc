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

}  // namespace holdfast
