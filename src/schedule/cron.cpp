#include "schedule/cron.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

using namespace std::chrono;

namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr CronFieldKind kSecond{"second", 0, 59}, kMinute{"minute", 0, 59}, kHour{"hour", 0, 23}, kDay{"day of month", 1, 31};
constexpr CronFieldKind kMonth{"month", 1, 12, kMonths};
constexpr CronFieldKind kBeforeLast{"days before the last", 0, 30}, kNth{"number of the weekday", 1, 5};
constexpr int kLast = 0;  // among the numbers of a weekday in its month

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNicknames = {{{"@yearly", "0 0 1 1 *"},
                                                                                      {"@annually", "0 0 1 1 *"},
                                                                                      {"@monthly", "0 0 1 * *"},
                                                                                      {"@weekly", "0 0 * * 0"},
                                                                                      {"@daily", "0 0 * * *"},
                                                                                      {"@midnight", "0 0 * * *"},
                                                                                      {"@hourly", "0 * * * *"}}};

std::string_view without_nickname(std::string_view text) {
  if (!text.starts_with('@')) return text;
  for (const auto& [name, meaning] : kNicknames) {
    if (name == text) return meaning;
  }
  throw Error(ErrorCode::invalid_argument, "the nickname is unknown; write @hourly, @daily, @weekly, @monthly or @yearly");
}

std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  for (std::size_t at = 0; at < text.size();) {
    if (is_ascii_space(text[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && !is_ascii_space(text[at])) ++at;
    fields.push_back(text.substr(begin, at - begin));
  }
  return fields;
}

/// Returns whether a field of days restricts nothing by itself, as in crontab(5).
bool any(std::string_view field) { return field.starts_with('*') || field == "?"; }
std::string_view without_question_mark(std::string_view field) { return field == "?" ? "*" : field; }
bool is_l(char c) { return ascii_lower(c) == 'l'; }

}  // namespace

Cron Cron::parse(std::string_view text) {
  std::vector<std::string_view> fields = fields_of(without_nickname(text));
  if (fields.size() != 5 && fields.size() != 6)
    throw Error(ErrorCode::invalid_argument,
                fmt::format("it has {} fields; write 5 (minute, hour, day of month, month, day of week), or 6 with the second first, or an "
                            "interval, as in: every 6h",
                            fields.size()));
  Cron cron;
  if (fields.size() == 6) {
    cron.seconds_ = parse_cron_field(kSecond, fields.front());
    fields.erase(fields.begin());
  }
  cron.minutes_ = parse_cron_field(kMinute, fields[0]);
  cron.hours_ = parse_cron_field(kHour, fields[1]);
  cron.read_days(fields[2]);
  cron.months_ = parse_cron_field(kMonth, fields[3]);
  cron.read_weekdays(fields[4]);
  if (!cron.matches_any_day()) throw Error(ErrorCode::invalid_argument, "no date ever matches its day, month and day of week");
  return cron;
}

void Cron::read_days(std::string_view text) {
  any_day_ = any(text);
  days_ = parse_cron_field(kDay, without_question_mark(text), [this](std::string_view part) { return read_last_day(part); });
}

void Cron::read_weekdays(std::string_view text) {
  any_weekday_ = any(text);
  weekdays_ = parse_cron_field(kWeekday, without_question_mark(text), [this](std::string_view part) { return read_nth_weekday(part); });
}

/// "L", "L-3"
bool Cron::read_last_day(std::string_view part) {
  if (part.empty() || !is_l(part.front())) return false;
  const bool last = part.size() == 1;
  if (!last && part[1] != '-') return false;
  days_before_last_ |= Bits{1} << (last ? 0 : parse_cron_value(kBeforeLast, part.substr(2)));
  return true;
}

/// "fri#2", "5#2"; "friL", "5L" and "L5" for the last one. No name of a weekday has an L.
bool Cron::read_nth_weekday(std::string_view part) {
  const auto of = [this](std::string_view weekday) -> Bits& {
    return nth_weekdays_[static_cast<std::size_t>(parse_cron_value(kWeekday, weekday))];
  };
  if (const std::size_t hash = part.find('#'); hash != std::string_view::npos) {
    of(part.substr(0, hash)) |= Bits{1} << parse_cron_value(kNth, part.substr(hash + 1));
    return true;
  }
  if (part.size() < 2 || (!is_l(part.front()) && !is_l(part.back()))) return false;
  of(is_l(part.back()) ? part.substr(0, part.size() - 1) : part.substr(1)) |= Bits{1} << kLast;
  return true;
}

bool Cron::matches(year_month_day date, weekday weekday) const {
  const int day = static_cast<int>(static_cast<unsigned>(date.day()));
  const int last = static_cast<int>(static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day()));
  const bool of_month = has(days_, day) || has(days_before_last_, last - day);
  const Bits nth = nth_weekdays_[weekday.c_encoding()];
  const bool of_week =
      has(weekdays_, static_cast<int>(weekday.c_encoding())) || has(nth, (day - 1) / 7 + 1) || (has(nth, kLast) && day + 7 > last);
  return any_day_ || any_weekday_ ? of_month && of_week : of_month || of_week;
}

std::optional<Cron::Days> Cron::next_day(Days from, Days until) const {
  for (Days day = from; day < until;) {
    const year_month_day date(day);
    if (!has(months_, static_cast<int>(static_cast<unsigned>(date.month())))) {
      day = Days((date.year() / date.month() + months(1)) / 1);
    } else if (matches(date, weekday(day))) {
      return day;
    } else {
      day += days(1);
    }
  }
  return std::nullopt;
}

/// The calendar repeats itself after 400 years.
bool Cron::matches_any_day() const { return next_day(Days(year(2000) / 1 / 1), Days(year(2400) / 1 / 1)).has_value(); }

std::optional<seconds> Cron::next_time(seconds from) const {
  const hh_mm_ss<seconds> clock(from);
  const int first_hour = static_cast<int>(clock.hours().count()), first_minute = static_cast<int>(clock.minutes().count());
  for (int hour = next_of(hours_, first_hour); hour < 24; hour = next_of(hours_, hour + 1)) {
    const bool same_hour = hour == first_hour;
    for (int minute = next_of(minutes_, same_hour ? first_minute : 0); minute < 60; minute = next_of(minutes_, minute + 1)) {
      const bool same_minute = same_hour && minute == first_minute;
      const int second = next_of(seconds_, same_minute ? static_cast<int>(clock.seconds().count()) : 0);
      if (second < 60) return hours(hour) + minutes(minute) + seconds(second);
    }
  }
  return std::nullopt;
}

std::optional<local_seconds> Cron::next(local_seconds from, local_seconds until) const {
  const Days end = ceil<days>(until);
  auto day = next_day(floor<days>(from), end);
  if (day == floor<days>(from)) {
    if (const auto time = next_time(from - *day)) return *day + *time < until ? std::optional(*day + *time) : std::nullopt;
    day = next_day(*day + days(1), end);
  }
  if (!day) return std::nullopt;
  const local_seconds found = *day + next_time(seconds(0)).value();
  return found < until ? std::optional(found) : std::nullopt;
}

}  // namespace holdfast
