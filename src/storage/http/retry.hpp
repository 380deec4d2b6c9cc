#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "holdfast/context.hpp"
#include "storage/http/http.hpp"

namespace holdfast {

/// External dependencies of a storage, besides its options. Borrowed.
struct HttpWorld {
  const Clock* clock = &system_clock();
  Random* random = &system_random();
  std::stop_token stop = {};  ///< ends waits
};

/// How long and how often to try again.
struct HttpRetryPolicy {
  std::chrono::milliseconds first{100};       ///< limit of the first wait; doubles for each further one
  std::chrono::milliseconds longest{20'000};  ///< limit of any wait
  std::chrono::milliseconds total{300'000};   ///< no attempt begins later than this after the first one

  /// Returns the policy for cleaning up after a failed call or checking its outcome: so short that the call still ends
  /// roughly in time.
  HttpRetryPolicy shortened() const { return {first, longest, total / 20}; }
};

/// The attempts of one call. Each wait is random between zero and its limit ("full jitter"), so that clients that
/// failed together do not retry together. Used by one thread.
class Retry {
 public:
  Retry(const HttpRetryPolicy& policy, Random& random, std::stop_token stop = {});

  std::chrono::steady_clock::time_point give_up() const noexcept { return give_up_; }
  int failures() const noexcept { return failures_; }
  const std::stop_token& stop() const noexcept { return stop_; }

  /// Waits after a failed attempt, for at least `at_least` if the server asked for that. Returns false if no time is
  /// left for another attempt. Throws Error{cancelled}.
  bool again(std::chrono::milliseconds at_least = {});

 private:
  HttpRetryPolicy policy_;
  Random* random_;
  std::stop_token stop_;
  std::chrono::steady_clock::time_point give_up_;
  int failures_ = 0;
};

/// Returns whether a request that fails with this status may succeed a little later.
bool is_transient_status(int status) noexcept;
/// Returns the wait that the answer's Retry-After asks for, at most an hour; zero if there is none.
std::chrono::milliseconds retry_after(const HttpHead& head);

}  // namespace holdfast
