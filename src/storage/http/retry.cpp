#include "storage/http/retry.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr int kMostDoublings = 20;

/// Even in [0, bound].
std::chrono::milliseconds draw(std::chrono::milliseconds bound, Random& random) {
  std::uint64_t number = 0;
  random.fill(std::as_writable_bytes(std::span(&number, 1)));
  return std::chrono::milliseconds(static_cast<std::int64_t>(number % (static_cast<std::uint64_t>(bound.count()) + 1)));
}

}  // namespace

Retry::Retry(const HttpRetryPolicy& policy, Random& random, std::stop_token stop)
    : policy_(policy), random_(&random), stop_(std::move(stop)), give_up_(std::chrono::steady_clock::now() + policy.total) {}

bool Retry::again(std::chrono::milliseconds at_least) {
  const auto bound = std::min(policy_.first * (std::int64_t{1} << std::min(failures_, kMostDoublings)), policy_.longest);
  ++failures_;
  const auto until = std::chrono::steady_clock::now() + std::max(draw(bound, *random_), at_least);
  if (until >= give_up_) return false;
  std::mutex mutex;
  std::condition_variable_any timer;
  std::unique_lock lock(mutex);
  timer.wait_until(lock, stop_, until, [] { return false; });
  if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled while waiting to try again");
  return true;
}

}  // namespace holdfast
