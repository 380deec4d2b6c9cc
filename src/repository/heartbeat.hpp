#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "holdfast/context.hpp"

namespace holdfast {

/// A writer that has put no sign of life for longer than this is considered dead.
constexpr std::chrono::hours kDead{24};

/// Tells when a live writer must put a sign of life: once an hour. Safe from many threads.
class Heartbeat {
 public:
  explicit Heartbeat(const Context& context) : context_(context), last_(context.now()) {}

  /// Returns the number of the sign that is due, from 1; 0 = none is due.
  std::uint64_t due() {
    const std::lock_guard lock(mutex_);
    const TimePoint now = context_.now();
    if (now - last_ < std::chrono::hours(1)) return 0;
    last_ = now;
    return ++beats_;
  }

 private:
  const Context& context_;
  std::mutex mutex_;
  TimePoint last_;
  std::uint64_t beats_ = 0;
};

}  // namespace holdfast
