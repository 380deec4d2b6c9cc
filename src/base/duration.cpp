#include "base/duration.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "holdfast/duration.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

std::uint64_t unit_seconds(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    case 'w': return 7 * 86400;
    default: return 0;
  }
}

}  // namespace

std::optional<std::chrono::seconds> duration_in(std::string_view text) noexcept {
  constexpr std::uint64_t kMost = std::uint64_t{1000} * 365 * 86400;
  std::uint64_t total = 0;
  std::uint64_t number = 0;
  bool digits = false;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
      digits = true;
      if (number > kMost) return std::nullopt;
      continue;
    }
    const std::uint64_t unit = unit_seconds(c);
    if (unit == 0 || !digits || number > kMost / unit) return std::nullopt;
    total += number * unit;
    number = 0;
    digits = false;
  }
  if (digits || text.empty() || total > kMost) return std::nullopt;
  return std::chrono::seconds(total);
}

std::string format_duration(std::chrono::seconds duration) {
  const auto d = floor<std::chrono::days>(duration);
  const auto h = floor<std::chrono::hours>(duration - d);
  const auto m = floor<std::chrono::minutes>(duration - d - h);
  const auto s = duration - d - h - m;
  std::string text;
  if (d.count() != 0) text += fmt::format("{}d", d.count());
  if (h.count() != 0) text += fmt::format("{}h", h.count());
  if (m.count() != 0) text += fmt::format("{}m", m.count());
  if (s.count() != 0 || text.empty()) text += fmt::format("{}s", s.count());
  return text;
}

std::chrono::seconds parse_duration(std::string_view text) {
  if (const auto duration = duration_in(text)) return *duration;
  throw Error(ErrorCode::invalid_argument,
              "'" + std::string(text) + "' is not a duration; write a number and s, m, h, d or w, as in 7d or 1d12h");
}

}  // namespace holdfast
