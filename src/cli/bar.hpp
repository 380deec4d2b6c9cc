#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace holdfast::cli {

/// The content of a progress line.
struct Progress {
  std::string label;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;  ///< 0 = unknown: no bar, no percentage
  std::uint64_t bytes_stored = 0;
  const char* verb = "read";  ///< the verb for the bytes: "read", "written"
  std::chrono::milliseconds elapsed{0};
  double bytes_per_second = 0;
  bool finished = false;
};

/// The abilities of the terminal.
struct BarStyle {
  std::size_t width = 80;  ///< columns of the terminal
  bool utf8 = true;
  bool colour = false;
};

/// Returns one line, without line break, never wider than `style.width`:
///
///   shop  ████████▏              61 %  610 MB read  180 MB stored  257 MB/s  0:00:02
///
/// The last figure is the remaining time, or the elapsed time if that is unknown or the work is done. On a narrow
/// terminal, the bar is dropped first, then the figures from the right.
std::string render_bar(const Progress& progress, const BarStyle& style);

}  // namespace holdfast::cli
