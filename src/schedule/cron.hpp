#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

#include "schedule/cron_field.hpp"

namespace holdfast {

/// A cron expression: the times of a clock that it matches, in no zone yet.
class Cron {
 public:
  /// Reads 5 or 6 fields or a nickname. Throws Error{invalid_argument}; also if no date matches.
  static Cron parse(std::string_view text);

  /// Returns the first match from `from` on and before `until`.
  std::optional<std::chrono::local_seconds> next(std::chrono::local_seconds from, std::chrono::local_seconds until) const;
  /// Returns whether it matches in each hour of a day.
  bool every_hour() const noexcept { return hours_ == (Bits{1} << 24) - 1; }

 private:
  using Days = std::chrono::local_days;

  void read_days(std::string_view text);
  void read_weekdays(std::string_view text);
  bool read_last_day(std::string_view part);
  bool read_nth_weekday(std::string_view part);
  bool matches(std::chrono::year_month_day date, std::chrono::weekday weekday) const;
  std::optional<Days> next_day(Days from, Days until) const;
  std::optional<std::chrono::seconds> next_time(std::chrono::seconds from) const;
  bool matches_any_day() const;

  Bits seconds_ = 1, minutes_ = 0, hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
  Bits days_before_last_ = 0;              // "L" is 0, "L-3" is 3
  std::array<Bits, 7> nth_weekdays_ = {};  // of each weekday: 1 to 5, and kLast
  bool any_day_ = false, any_weekday_ = false;
};

}  // namespace holdfast
