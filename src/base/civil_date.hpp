#pragma once

#include <cstdint>

namespace holdfast {

/// A date of the proleptic Gregorian calendar, with a year 0. The standard library's years end at 32767, a database's
/// do not.
struct CivilDate {
  std::int64_t year = 0, month = 0, day = 0;
};

// Both count in eras of 400 years that begin on the first of March, and days from 2000-01-01.

constexpr std::int64_t kDaysOfEra = 146'097, kDaysFrom0To2000 = 730'425;  // 0000-03-01 to 2000-01-01

constexpr std::int64_t days_since_2000(CivilDate date) noexcept {
  if (date.month <= 2) --date.year;
  const std::int64_t era = (date.year >= 0 ? date.year : date.year - 399) / 400, of_era = date.year - era * 400;
  const std::int64_t of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  return era * kDaysOfEra + of_era * 365 + of_era / 4 - of_era / 100 + of_year - kDaysFrom0To2000;
}

constexpr CivilDate civil_date(std::int64_t days) noexcept {
  days += kDaysFrom0To2000;
  const std::int64_t era = (days >= 0 ? days : days - (kDaysOfEra - 1)) / kDaysOfEra, day_of_era = days - era * kDaysOfEra;
  const std::int64_t of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100), part = (5 * day_of_year + 2) / 153;
  const std::int64_t month = part < 10 ? part + 3 : part - 9;
  return {era * 400 + of_era + (month <= 2 ? 1 : 0), month, day_of_year - (153 * part + 2) / 5 + 1};
}

}  // namespace holdfast
