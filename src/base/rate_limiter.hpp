#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>

namespace holdfast {

/// Limits the bytes per second of all its callers together. Safe from any thread.
class RateLimiter {
 public:
  RateLimiter(std::uint64_t bytes_per_second, std::stop_token stop);

  /// The largest number of bytes that pass in one go. A caller that streams passes on slices of at most this size.
  std::size_t slice() const noexcept;
  /// Waits until `bytes` may pass. Throws Error{cancelled}.
  void take(std::uint64_t bytes);

 private:
  void take_slice(std::size_t bytes);

  const std::uint64_t bytes_per_second_;
  const std::stop_token stop_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point next_{};
};

/// Returns null for 0 bytes per second, which means no limit.
std::shared_ptr<RateLimiter> rate_limiter(std::uint64_t bytes_per_second, std::stop_token stop);

}  // namespace holdfast
