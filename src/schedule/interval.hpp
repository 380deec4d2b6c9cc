#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace holdfast {

/// "every 6h": a fixed distance, which no clock of a zone changes.
struct Interval {
  std::chrono::seconds length;
  std::chrono::sys_seconds first;  ///< due time; all others are after it

  /// Reads "every 6h" or "every 6h from 2026-01-05T02:00:00Z". Returns none for another kind of expression. Throws
  /// Error{invalid_argument}.
  static std::optional<Interval> parse(std::string_view text);

  std::chrono::sys_seconds next(std::chrono::sys_seconds after) const;
};

}  // namespace holdfast
