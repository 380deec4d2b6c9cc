#include <utility>

#include "holdfast/storages.hpp"
#include "holdfast/transform.hpp"
#include "io/discard.hpp"

namespace holdfast {

namespace {

class ThrottledStorage final : public ForwardingStorage {
 public:
  ThrottledStorage(std::shared_ptr<Storage> inner, Bandwidth bandwidth, std::stop_token stop)
      : ForwardingStorage(std::move(inner)),
        up_(bandwidth.up == 0 ? nullptr : throttle(bandwidth.up, stop)),
        down_(bandwidth.down == 0 ? nullptr : throttle(bandwidth.down, stop)) {}

  PutResult put_new(std::string_view name, ByteView bytes) override {
    // The whole object goes down in one call: its time is waited for before.
    if (up_) up_->encode(std::make_unique<DiscardWriter>())->write(bytes);
    return inner_->put_new(name, bytes);
  }
  std::unique_ptr<Writer> open_writer(std::string_view name) override {
    auto writer = inner_->open_writer(name);
    return up_ ? up_->encode(std::move(writer)) : std::move(writer);
  }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    auto reader = inner_->open_reader(name, offset, length);
    return down_ ? down_->decode(std::move(reader)) : std::move(reader);
  }

 private:
  TransformPtr up_, down_;
};

}  // namespace

std::shared_ptr<Storage> throttled_storage(std::shared_ptr<Storage> inner, Bandwidth bandwidth, std::stop_token stop) {
  return std::make_shared<ThrottledStorage>(std::move(inner), bandwidth, std::move(stop));
}

}  // namespace holdfast
