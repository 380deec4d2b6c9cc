#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

#include "holdfast/context.hpp"

namespace holdfast {

/// How long and how often to retry.
struct RetryTimes {
  std::chrono::milliseconds first{100};       ///< limit of the first wait; doubles for each further one
  std::chrono::milliseconds longest{20'000};  ///< limit of any wait
  std::chrono::milliseconds total{300'000};   ///< for all attempts; none begins in its last tenth
  bool counted = false;                       ///< further attempts count for the operation (RetryTally)

  /// Returns the times for cleaning up after a failed call or checking its outcome: so short that the call still ends
  /// roughly in time.
  RetryTimes shortened() const { return {first, longest, total / 20, counted}; }
};

/// The attempts of one call. Each wait is random between zero and its limit ("full jitter"), so that clients that
/// failed together do not retry together. Used by one thread.
class Retry {
 public:
  /// Replaces the real waits, for tests. Its waits count as if they had taken their time.
  using Wait = std::function<void(std::chrono::milliseconds)>;
  Retry(const RetryTimes& times, Random& random, std::stop_token stop = {}, Wait wait = {});

  /// Begins another call: counts its attempts and its time from now.
  void restart() noexcept;
  std::chrono::steady_clock::time_point give_up() const noexcept { return give_up_; }
  int failures() const noexcept { return failures_; }
  const std::stop_token& stop() const noexcept { return stop_; }

  /// Waits after a failed attempt, for at least `at_least` if the server asked for that. Returns false if no time is
  /// left for another attempt. Throws Error{cancelled}.
  bool again(std::chrono::milliseconds at_least = {});

 private:
  RetryTimes times_;
  Random* random_;
  std::stop_token stop_;
  Wait wait_;
  std::chrono::steady_clock::time_point give_up_;
  std::chrono::milliseconds waited_{0};  // in replaced waits
  int failures_ = 0;
};

/// Waits until `until`, or until `stop` is requested: the caller checks which.
void pause_until(std::chrono::steady_clock::time_point until, const std::stop_token& stop);

}  // namespace holdfast
