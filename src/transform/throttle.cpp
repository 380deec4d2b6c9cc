#include "base/rate_limiter.hpp"
#include "holdfast/error.hpp"
#include "holdfast/transform.hpp"
#include "io/throttled.hpp"

namespace holdfast {

namespace {

class Throttle final : public Transform {
 public:
  explicit Throttle(std::shared_ptr<RateLimiter> limiter) : limiter_(std::move(limiter)) {}
  std::string_view name() const noexcept override { return "throttle"; }
  std::string_view suffix() const noexcept override { return ""; }
  std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const override { return throttled_writer(std::move(next), limiter_); }
  std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const override { return throttled_reader(std::move(from), limiter_); }

 private:
  std::shared_ptr<RateLimiter> limiter_;
};

}  // namespace

TransformPtr throttle(std::uint64_t bytes_per_second, std::stop_token stop) {
  if (bytes_per_second == 0) throw Error(ErrorCode::invalid_argument, "a throttle must let at least 1 byte per second pass");
  return std::make_shared<Throttle>(rate_limiter(bytes_per_second, std::move(stop)));
}

}  // namespace holdfast
