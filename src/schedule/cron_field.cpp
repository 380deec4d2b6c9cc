#include "schedule/cron_field.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/ascii.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr int kSunday = 7;  // at the end of a week

[[noreturn]] void refuse_field(const CronFieldKind& kind, std::string_view text, const std::string& why) {
  throw Error(ErrorCode::invalid_argument, fmt::format("{} '{}' {}", kind.name, text, why));
}

std::string allowed(const CronFieldKind& kind) {
  std::string text = fmt::format("from {} to {}", kind.first, kind.last);
  if (!kind.words.empty()) text += fmt::format(", or from {} to {}", kind.words.front(), kind.words.back());
  return text;
}

/// At most three digits: no number of a field is longer.
int number_or_none(std::string_view text) {
  if (text.empty() || text.size() > 3 || !std::ranges::all_of(text, is_ascii_digit)) return -1;
  int number = 0;
  for (const char digit : text) number = number * 10 + (digit - '0');
  return number;
}

int word_or_none(const CronFieldKind& kind, std::string_view text) {
  const auto same = [&](std::string_view word) { return std::ranges::equal(word, text, {}, {}, ascii_lower); };
  const auto found = std::ranges::find_if(kind.words, same);
  return found == kind.words.end() ? -1 : kind.first + static_cast<int>(found - kind.words.begin());
}

int step_of(const CronFieldKind& kind, std::string_view part, std::string_view text) {
  const int step = number_or_none(text);
  if (step < 1) refuse_field(kind, part, "has no step after its '/': write a number from 1 on, as in */15");
  if (step > kind.last - kind.first)
    refuse_field(kind, part,
                 "has a step as large as the field, so it is due only once; for a longer interval write it out, as in: every 90m");
  return step;
}

}  // namespace

int next_of(Bits bits, int from) noexcept { return from > 63 ? 64 : std::countr_zero(bits >> from << from); }

int parse_cron_value(const CronFieldKind& kind, std::string_view text) {
  if (const int word = word_or_none(kind, text); word >= 0) return word;
  const int number = number_or_none(text);
  if (kind.sunday_is_seven && number == 7) return 0;
  if (number < kind.first || number > kind.last) refuse_field(kind, text, "is not " + allowed(kind));
  return number;
}

Bits parse_cron_part(const CronFieldKind& kind, std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view range = text.substr(0, slash);
  const std::size_t dash = range.find('-');
  const bool stepped = slash != std::string_view::npos;
  int first = kind.first, last = kind.last;
  if (range != "*") {
    first = parse_cron_value(kind, range.substr(0, dash));
    if (dash != std::string_view::npos) {
      last = parse_cron_value(kind, range.substr(dash + 1));
      if (kind.sunday_is_seven && last == 0 && (first > 0 || range.substr(dash + 1) == "7")) last = kSunday;
    } else {
      last = !stepped ? first : kind.sunday_is_seven ? kSunday : last;
    }
  }
  if (first > last) refuse_field(kind, text, "is a range that ends before it begins; write two ranges, as in 22-23,0-5");
  const int step = stepped ? step_of(kind, text, text.substr(slash + 1)) : 1;
  Bits bits = 0;
  for (int value = first; value <= last; value += step) bits |= Bits{1} << (kind.sunday_is_seven ? value % 7 : value);
  return bits;
}

}  // namespace holdfast
