#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>

#include "holdfast/storages.hpp"

namespace holdfast {

/// Until when the call that is on may wait: set by the one who makes calls, looked at by the storage that waits in them. Used by one
/// thread at a time.
struct CallLimit {
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
  /// What each wait has all the same: a call whose bytes moved until then may have small steps left.
  std::chrono::milliseconds least{1};

  /// How long silence may last: no longer than `stall`, nor than what is left.
  std::chrono::milliseconds patience(std::chrono::milliseconds stall) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    return std::min(std::max(left, least), stall);
  }
};

/// For tidying up after a call that failed or was cancelled: a small part of the time it had.
inline CallLimit tidy_limit(std::chrono::milliseconds timeout) { return {.until = std::chrono::steady_clock::now() + timeout / 20}; }

/// The storage for calls under a limit; the streams it opens keep to it, too.
using StorageWithin = std::function<std::shared_ptr<Storage>(std::shared_ptr<const CallLimit>)>;

/// A retrying storage over one that lets no attempt wait beyond the deadline of its call.
std::shared_ptr<Storage> retrying_storage(StorageWithin inner, RetryPolicy policy);

}  // namespace holdfast
