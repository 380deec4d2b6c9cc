#include "io/throttled.hpp"

#include <algorithm>
#include <utility>

namespace holdfast {

namespace {

class ThrottledWriter final : public Writer {
 public:
  ThrottledWriter(std::unique_ptr<Writer> next, std::shared_ptr<RateLimiter> limiter)
      : next_(std::move(next)), limiter_(std::move(limiter)) {}
  void write(ByteView data) override {
    while (!data.empty()) {
      const ByteView slice = data.first(std::min(data.size(), limiter_->slice()));
      limiter_->take(slice.size());
      next_->write(slice);
      data = data.subspan(slice.size());
    }
  }
  void commit() override { next_->commit(); }

 private:
  std::unique_ptr<Writer> next_;
  std::shared_ptr<RateLimiter> limiter_;
};

class ThrottledReader final : public Reader {
 public:
  ThrottledReader(std::unique_ptr<Reader> from, std::shared_ptr<RateLimiter> limiter)
      : from_(std::move(from)), limiter_(std::move(limiter)) {}
  std::size_t read(std::span<std::byte> out) override {
    const std::size_t got = from_->read(out.first(std::min(out.size(), limiter_->slice())));
    limiter_->take(got);
    return got;
  }

 private:
  std::unique_ptr<Reader> from_;
  std::shared_ptr<RateLimiter> limiter_;
};

}  // namespace

std::unique_ptr<Writer> throttled_writer(std::unique_ptr<Writer> next, std::shared_ptr<RateLimiter> limiter) {
  return std::make_unique<ThrottledWriter>(std::move(next), std::move(limiter));
}

std::unique_ptr<Reader> throttled_reader(std::unique_ptr<Reader> from, std::shared_ptr<RateLimiter> limiter) {
  return std::make_unique<ThrottledReader>(std::move(from), std::move(limiter));
}

}  // namespace holdfast
