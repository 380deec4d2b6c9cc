#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

#include "holdfast/random.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// How a failed operation is retried.
struct RetryPolicy {
  std::chrono::milliseconds first_delay{100};  ///< longest wait before the first retry; doubles with each further one
  std::chrono::milliseconds longest_delay{10'000};
  std::chrono::milliseconds deadline{900'000};  ///< for one operation with all its retries: no retry begins later
  std::uint64_t replay_bytes = 1U << 20;        ///< a stream up to this size is kept until its commit, for a retry
  std::stop_token stop;                         ///< ends waits with Error{cancelled}
  Random* random = &system_random();            ///< borrowed; for the jitter
  /// Replaces the wait, for tests. Empty = real waits.
  std::function<void(std::chrono::milliseconds)> wait;
};

/// Retries operations that fail with a `retryable` error. If a put ends with an error and the object then exists with
/// exactly the bytes of that put, the put counts as successful.
std::shared_ptr<Storage> retrying_storage(std::shared_ptr<Storage> inner, RetryPolicy policy = {});

}  // namespace holdfast
