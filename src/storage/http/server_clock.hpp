#pragma once

#include <atomic>
#include <cstdint>

#include "holdfast/clock.hpp"
#include "storage/http/http.hpp"

namespace holdfast {

/// The server's time as far as it is known: that of a local clock, corrected when the server shows that it is off.
/// Requests are signed with it. Safe from any thread.
class ServerClock {
 public:
  explicit ServerClock(const Clock& clock) : clock_(clock) {}

  TimePoint now() const { return clock_.now() + std::chrono::seconds(offset_.load()); }
  /// Returns whether the Date of an answer shows that the time `sent` of its request, by this clock, was off by more
  /// than a minute. Then corrects this clock, and a retry may help.
  bool learn(const HttpHead& answer, TimePoint sent);

 private:
  const Clock& clock_;
  std::atomic<std::int64_t> offset_{0};  // seconds
};

}  // namespace holdfast
