#include "storage/http/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/backoff.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr int kMostDoublings = 20;

}  // namespace

Retry::Retry(const HttpRetryPolicy& policy, Random& random, std::stop_token stop)
    : policy_(policy), random_(&random), stop_(std::move(stop)), give_up_(std::chrono::steady_clock::now() + policy.total) {}

bool Retry::again(std::chrono::milliseconds at_least) {
  const auto bound = std::min(policy_.first * (std::int64_t{1} << std::min(failures_, kMostDoublings)), policy_.longest);
  ++failures_;
  const auto until = std::chrono::steady_clock::now() + std::max(jitter(bound, *random_), at_least);
  if (until >= give_up_) return false;
  pause_until(until, stop_);
  if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled while waiting to try again");
  return true;
}

bool is_transient_status(int status) noexcept {
  constexpr std::array kTransient = {408, 429, 500, 502, 503, 504};
  return std::ranges::find(kTransient, status) != kTransient.end();
}

std::chrono::milliseconds retry_after(const HttpHead& head) {
  unsigned seconds = 0;
  const std::string_view text = head.header("retry-after");
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::chrono::seconds(std::min(seconds, 3600U));
}

}  // namespace holdfast
