#include "holdfast/clock.hpp"

#include <array>
#include <cstdio>

#include "holdfast/error.hpp"

namespace holdfast {

using namespace std::chrono;

const Clock& system_clock() noexcept {
  class SystemClock final : public Clock {
   public:
    TimePoint now() const override { return floor<microseconds>(std::chrono::system_clock::now()); }
  };
  static const SystemClock clock;
  return clock;
}

std::string format_time(TimePoint time) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::string format_time_micros(TimePoint time) {
  std::array<char, 16> fraction{};
  const auto micros = (time - floor<seconds>(time)).count();
  std::snprintf(fraction.data(), fraction.size(), ".%06dZ", static_cast<int>(micros));
  std::string text = format_time(time);
  text.pop_back();
  return text + fraction.data();
}

TimePoint parse_time(const std::string& text) {
  int year_number = 0, hour = 0, minute = 0, second = 0, used = 0;
  unsigned month_number = 0, day_number = 0;
  long micros = 0;
  const bool head =
      std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d%n", &year_number, &month_number, &day_number, &hour, &minute, &second, &used) == 6;
  const year_month_day date{year(year_number), month(month_number), day(day_number)};
  bool good = head && date.ok() && hour < 24 && minute < 60 && second < 60;
  const std::string tail = good ? text.substr(static_cast<std::size_t>(used)) : "";
  if (tail.size() == 8 && tail.front() == '.' && tail.back() == 'Z') {
    good = tail.find_first_not_of("0123456789", 1) == 7;
    if (good) micros = std::stol(tail.substr(1, 6));
  } else {
    good = good && tail == "Z";
  }
  if (!good) throw Error(ErrorCode::invalid_argument, "not a UTC time like 2026-11-20T18:04:11Z: '" + text + "'");
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + microseconds(micros);
}

}  // namespace holdfast
