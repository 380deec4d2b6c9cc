#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace holdfast {

/// A point in time, UTC, microseconds.
using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;

/// Source of the current time. Safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

/// The clock of this machine.
const Clock& system_clock() noexcept;

/// "2026-11-20T18:04:11Z" (whole seconds), and with microseconds "2026-11-20T18:04:11.123456Z".
std::string format_time(TimePoint time);
std::string format_time_micros(TimePoint time);
/// Reads either form. Throws Error{invalid_argument}.
TimePoint parse_time(const std::string& text);

}  // namespace holdfast
