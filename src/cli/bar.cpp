#include "bar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "format.hpp"

namespace holdfast::cli {

namespace {

constexpr std::size_t kWidestBar = 24;
constexpr std::size_t kNarrowestBar = 8;
constexpr std::size_t kLongestLabel = 24;

double fraction_of(const Progress& progress) {
  if (progress.finished) return 1;
  if (progress.bytes_total == 0) return 0;
  // The total is an estimate: never show 100 % before the end.
  return std::min(static_cast<double>(progress.bytes_done) / static_cast<double>(progress.bytes_total), 0.99);
}

std::string blocks(double fraction, std::size_t width, bool utf8) {
  if (!utf8) {
    const auto full = static_cast<std::size_t>(fraction * static_cast<double>(width));
    return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
  }
  constexpr std::array<const char*, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(fraction * static_cast<double>(width) * 8);
  std::string bar;
  for (std::size_t i = 0; i < eighths / 8; ++i) bar += "█";
  bar += kEighths[eighths % 8];
  return bar + std::string(width - columns(bar), ' ');
}

std::chrono::seconds shown_time(const Progress& progress) {
  const bool known = progress.bytes_total > progress.bytes_done && progress.bytes_per_second > 0 && !progress.finished;
  if (!known) return std::chrono::duration_cast<std::chrono::seconds>(progress.elapsed);
  const double left = static_cast<double>(progress.bytes_total - progress.bytes_done) / progress.bytes_per_second;
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(left, 1e9) + 0.5));
}

std::string shortened(const std::string& text, std::size_t width, bool utf8) {
  const std::string safe = printable(text);
  if (columns(safe) <= width) return safe;
  std::string result;
  for (const char c : safe) {
    const bool begins = (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    if (begins && columns(result) + 1 >= width) break;
    result += c;
  }
  return result + (utf8 ? "…" : "~");
}

std::vector<std::string> figures(const Progress& progress) {
  std::vector<std::string> parts;
  if (progress.bytes_total != 0) parts.push_back(fmt::format("{:>3} %", static_cast<int>(fraction_of(progress) * 100)));
  parts.push_back(format_size(progress.bytes_done) + " " + progress.verb);
  if (progress.bytes_stored != 0) parts.push_back(format_size(progress.bytes_stored) + " stored");
  parts.push_back(format_size(static_cast<std::uint64_t>(progress.bytes_per_second)) + "/s");
  parts.push_back(format_clock(shown_time(progress)));
  return parts;
}

}  // namespace

std::string render_bar(const Progress& progress, const BarStyle& style) {
  std::string line = shortened(progress.label, std::min(kLongestLabel, std::max<std::size_t>(style.width / 3, 1)), style.utf8);
  std::size_t used = columns(line);
  std::string rest;
  for (const std::string& part : figures(progress)) {
    const std::size_t needed = columns(part) + 2;
    if (used + needed > style.width) break;
    rest += "  " + part;
    used += needed;
  }
  const std::size_t frame = style.utf8 ? 2 : 4;  // two spaces, and brackets in ASCII
  if (progress.bytes_total != 0 && used + frame + kNarrowestBar <= style.width) {
    const std::size_t width = std::min(style.width - used - frame, kWidestBar);
    const std::string bar = blocks(fraction_of(progress), width, style.utf8);
    line += "  " + (style.colour ? "\x1b[32m" + bar + "\x1b[0m" : bar);
  }
  return line + rest;
}

}  // namespace holdfast::cli
