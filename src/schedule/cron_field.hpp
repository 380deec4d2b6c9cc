#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace holdfast {

/// A set of numbers from 0 to 63.
using Bits = std::uint64_t;

inline bool has(Bits bits, int number) noexcept { return (bits >> number & 1) != 0; }
/// Returns the first number of the set from `from` on; 64 if there is none.
int next_of(Bits bits, int from) noexcept;

/// What a field of a cron expression may contain.
struct CronFieldKind {
  std::string_view name;
  int first, last;                               ///< the values of "*"
  std::span<const std::string_view> words = {};  ///< names of the values from `first` on
  bool sunday_is_seven = false;                  ///< 7 means 0 as well
};

inline constexpr std::array<std::string_view, 7> kWeekdayNames = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
inline constexpr CronFieldKind kWeekday{"day of week", 0, 6, kWeekdayNames, true};

/// Reads one value: a number or a name. Throws Error{invalid_argument}.
int parse_cron_value(const CronFieldKind& kind, std::string_view text);

/// Reads one part of a field between its commas: "*", "5", "mon", "1-5", "*/15", "10-40/5", "8/2". Throws
/// Error{invalid_argument}.
Bits parse_cron_part(const CronFieldKind& kind, std::string_view text);

/// Reads a whole field. `special` takes the parts that only some fields know, and returns false for all others. Throws
/// Error{invalid_argument}.
template <class Special>
Bits parse_cron_field(const CronFieldKind& kind, std::string_view text, Special&& special) {
  Bits bits = 0;
  for (;;) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    if (!special(part)) bits |= parse_cron_part(kind, part);
    if (comma == std::string_view::npos) return bits;
    text.remove_prefix(comma + 1);
  }
}

inline Bits parse_cron_field(const CronFieldKind& kind, std::string_view text) {
  return parse_cron_field(kind, text, [](std::string_view) { return false; });
}

}  // namespace holdfast
