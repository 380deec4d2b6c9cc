#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "holdfast/context.hpp"

namespace holdfast {

/// How long and how often to try again.
struct HttpRetryPolicy {
  std::chrono::milliseconds first{100};       ///< bound of the first wait; each further one's is twice as long
  std::chrono::milliseconds longest{20'000};  ///< bound of any wait
  std::chrono::milliseconds total{300'000};   ///< from the first attempt until no other is begun
};

/// The attempts of one call. Waits are drawn evenly from zero to their bound ("full jitter"), so that clients that failed together do
/// not come back together. Used by one thread.
class Retry {
 public:
  Retry(const HttpRetryPolicy& policy, Random& random, std::stop_token stop = {});

  std::chrono::steady_clock::time_point give_up() const noexcept { return give_up_; }
  int failures() const noexcept { return failures_; }
  const std::stop_token& stop() const noexcept { return stop_; }

  /// After a failed attempt: waits, at least `at_least` if the server asked for that; false when no time is left for another one.
  /// Throws Error{cancelled}.
  bool again(std::chrono::milliseconds at_least = {});

 private:
  HttpRetryPolicy policy_;
  Random* random_;
  std::stop_token stop_;
  std::chrono::steady_clock::time_point give_up_;
  int failures_ = 0;
};

}  // namespace holdfast
