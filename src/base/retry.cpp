#include "base/retry.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>

#include "base/retry_tally.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

using std::chrono::milliseconds;

constexpr int kMostDoublings = 20;
// A last attempt with less time than this share of the whole would end as "timed out" and hide why the others failed.
constexpr int kLeastShare = 10;

// From 0 to `limit`, both included.
milliseconds jitter(milliseconds limit, Random& random) {
  std::uint64_t number = 0;
  random.fill(std::as_writable_bytes(std::span(&number, 1)));
  return milliseconds(static_cast<std::int64_t>(number % (static_cast<std::uint64_t>(limit.count()) + 1)));
}

}  // namespace

Retry::Retry(const RetryTimes& times, Random& random, std::stop_token stop, Wait wait)
    : times_(times), random_(&random), stop_(std::move(stop)), wait_(std::move(wait)) {
  restart();
}

void Retry::restart() noexcept {
  give_up_ = std::chrono::steady_clock::now() + times_.total;
  waited_ = milliseconds(0);
  failures_ = 0;
}

bool Retry::again(milliseconds at_least) {
  const auto limit = std::min(times_.first * (std::int64_t{1} << std::min(failures_, kMostDoublings)), times_.longest);
  ++failures_;
  const milliseconds delay = std::max(jitter(limit, *random_), at_least);
  const auto until = std::chrono::steady_clock::now() + delay;
  if (wait_) waited_ += delay;
  if (until + waited_ + times_.total / kLeastShare >= give_up_) return false;
  if (wait_) {
    wait_(delay);
  } else {
    pause_until(until, stop_);
  }
  if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled while waiting for another attempt");
  if (times_.counted) RetryTally::add();
  return true;
}

void pause_until(std::chrono::steady_clock::time_point until, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any timer;
  std::unique_lock lock(mutex);
  timer.wait_until(lock, stop, until, [] { return false; });  // nobody notifies
}

}  // namespace holdfast
