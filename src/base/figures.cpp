#include "holdfast/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace holdfast {

std::string format_size(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::array<const char*, 6> kUnits{"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  // 999.5 would round to "1000": use the next unit.
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, decimals, kUnits[unit]);
}

std::string format_seconds(double seconds) {
  if (seconds < 99.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  return fmt::format("{} min {:02} s", whole / 60, whole % 60);
}

std::string format_span(std::chrono::microseconds span) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 4> kUnits{{{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}}};
  const std::int64_t seconds = std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(span).count());
  for (std::size_t unit = 0; unit + 1 < kUnits.size(); ++unit) {
    const auto [size, name] = kUnits[unit];
    if (seconds < size) continue;
    const auto [next, next_name] = kUnits[unit + 1];
    return fmt::format("{} {} {} {}", seconds / size, name, seconds % size / next, next_name);
  }
  return fmt::format("{} s", seconds);
}

}  // namespace holdfast
