#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "holdfast/context.hpp"
#include "storage/http/http.hpp"

namespace holdfast {

/// What a storage takes from outside besides its options; borrowed.
struct HttpWorld {
  const Clock* clock = &system_clock();
  Random* random = &system_random();
  std::stop_token stop = {};  ///< ends waits
};

/// How long and how often to try again.
struct HttpRetryPolicy {
  std::chrono::milliseconds first{100};       ///< bound of the first wait; each further one's is twice as long
  std::chrono::milliseconds longest{20'000};  ///< bound of any wait
  std::chrono::milliseconds total{300'000};   ///< from the first attempt until no other is begun

  /// Of what tidies up after a call that failed, or looks what became of it: so little that the call still ends about in its time.
  HttpRetryPolicy shortened() const { return {first, longest, total / 20}; }
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

/// Whether a server that answers with this status may do what was asked a little later.
bool is_transient_status(int status) noexcept;
/// What the answer's Retry-After asks for, at most an hour; zero if nothing.
std::chrono::milliseconds retry_after(const HttpHead& head);

}  // namespace holdfast
