#include <utility>

#include "base/rate_limiter.hpp"
#include "holdfast/throttled.hpp"
#include "io/throttled.hpp"

namespace holdfast {

namespace {

class ThrottledStorage final : public ForwardingStorage {
 public:
  ThrottledStorage(std::shared_ptr<Storage> inner, Bandwidth bandwidth, const std::stop_token& stop)
      : ForwardingStorage(std::move(inner)), up_(rate_limiter(bandwidth.up, stop)), down_(rate_limiter(bandwidth.down, stop)) {}

  PutResult put_new(std::string_view name, ByteView bytes) override {
    if (up_) up_->take(bytes.size());  // before: the inner storage takes the whole object in one call
    return inner_->put_new(name, bytes);
  }
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    auto writer = inner_->open_writer(name);
    return up_ ? throttled_writer(std::move(writer), up_) : std::move(writer);
  }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    auto reader = inner_->open_reader(name, offset, length);
    return down_ ? throttled_reader(std::move(reader), down_) : std::move(reader);
  }

 private:
  std::shared_ptr<RateLimiter> up_, down_;
};

}  // namespace

std::shared_ptr<Storage> throttled_storage(std::shared_ptr<Storage> inner, Bandwidth bandwidth, std::stop_token stop) {
  return std::make_shared<ThrottledStorage>(std::move(inner), bandwidth, stop);
}

}  // namespace holdfast
