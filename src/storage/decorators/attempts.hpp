#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>

#include "holdfast/retrying.hpp"

namespace holdfast {

/// How long the current call may wait. The caller sets it; the storage reads it in each wait. Used by one thread at a
/// time.
struct CallLimit {
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
  /// The least time of each wait: a call that has just moved its last bytes may have small steps left.
  std::chrono::milliseconds least{1};

  /// Returns how long the other side may be silent: at most `stall`, and at most the time that is left.
  std::chrono::milliseconds patience(std::chrono::milliseconds stall) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    return std::min(std::max(left, least), stall);
  }
};

/// Returns the limit for cleaning up after a failed or cancelled call: a small part of the call's own time.
inline CallLimit tidy_limit(std::chrono::milliseconds timeout) { return {.until = std::chrono::steady_clock::now() + timeout / 20}; }

/// Returns the storage for calls under a limit, which also applies to the streams that it opens.
using StorageWithin = std::function<std::shared_ptr<Storage>(std::shared_ptr<const CallLimit>)>;

/// Returns a retrying storage over one whose attempts never wait beyond the deadline of their call.
std::shared_ptr<Storage> retrying_storage(StorageWithin inner, RetryPolicy policy);

}  // namespace holdfast
