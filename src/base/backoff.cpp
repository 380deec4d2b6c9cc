#include "base/backoff.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>

namespace holdfast {

std::chrono::milliseconds jitter(std::chrono::milliseconds bound, Random& random) {
  std::uint64_t number = 0;
  random.fill(std::as_writable_bytes(std::span(&number, 1)));
  return std::chrono::milliseconds(static_cast<std::int64_t>(number % (static_cast<std::uint64_t>(bound.count()) + 1)));
}

void pause_until(std::chrono::steady_clock::time_point until, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any timer;
  std::unique_lock lock(mutex);
  timer.wait_until(lock, stop, until, [] { return false; });  // nobody notifies
}

}  // namespace holdfast
