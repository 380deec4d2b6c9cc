#include "base/rate_limiter.hpp"

#include <algorithm>
#include <utility>

#include "base/retry.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

// Unused time that may be made up for, and the length of the slices in which bytes pass.
constexpr std::chrono::milliseconds kBurst{50};
constexpr std::uint64_t kLargestSlice = 1U << 20;

}  // namespace

RateLimiter::RateLimiter(std::uint64_t bytes_per_second, std::stop_token stop)
    : bytes_per_second_(bytes_per_second), stop_(std::move(stop)) {}

std::size_t RateLimiter::slice() const noexcept {
  const std::uint64_t per_burst = bytes_per_second_ / (std::chrono::seconds(1) / kBurst);
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(per_burst, 1, kLargestSlice));
}

void RateLimiter::take(std::uint64_t bytes) {
  while (bytes != 0) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, slice()));
    take_slice(part);
    bytes -= part;
  }
}

// All callers get consecutive places on one time line.
void RateLimiter::take_slice(std::size_t bytes) {
  const std::chrono::duration<double> cost(static_cast<double>(bytes) / static_cast<double>(bytes_per_second_));
  std::chrono::steady_clock::time_point start;
  {
    const std::lock_guard lock(mutex_);
    start = std::max(next_, std::chrono::steady_clock::now() - kBurst);
    next_ = start + std::chrono::duration_cast<std::chrono::steady_clock::duration>(cost);
  }
  pause_until(start, stop_);
  if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
}

std::shared_ptr<RateLimiter> rate_limiter(std::uint64_t bytes_per_second, std::stop_token stop) {
  return bytes_per_second == 0 ? nullptr : std::make_shared<RateLimiter>(bytes_per_second, std::move(stop));
}

}  // namespace holdfast
