#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "holdfast/error.hpp"
#include "holdfast/transform.hpp"

namespace holdfast {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// Unused time that may be made up for, and the length of the slices that bytes are let through in.
constexpr std::chrono::milliseconds kBurst{50};

// The bytes of all streams get consecutive places on one time line.
class Bucket {
 public:
  Bucket(std::uint64_t bytes_per_second, std::stop_token stop) : bytes_per_second_(bytes_per_second), stop_(std::move(stop)) {}

  std::size_t slice() const noexcept {
    return static_cast<std::size_t>(std::clamp<std::uint64_t>(bytes_per_second_ / (std::chrono::seconds(1) / kBurst), 1, 1U << 20));
  }

  // Waits until `bytes` (at most a slice) may pass.
  void take(std::size_t bytes) {
    const std::chrono::duration<double> cost(static_cast<double>(bytes) / static_cast<double>(bytes_per_second_));
    std::unique_lock lock(mutex_);
    const SteadyTime start = std::max(next_, std::chrono::steady_clock::now() - kBurst);
    next_ = start + std::chrono::duration_cast<std::chrono::steady_clock::duration>(cost);
    // Nobody notifies: this waits for its time or the stop.
    wake_.wait_until(lock, stop_, start, [] { return false; });
    if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
  }

 private:
  const std::uint64_t bytes_per_second_;
  const std::stop_token stop_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  SteadyTime next_{};
};

class ThrottledWriter final : public Writer {
 public:
  ThrottledWriter(std::unique_ptr<Writer> next, std::shared_ptr<Bucket> bucket) : next_(std::move(next)), bucket_(std::move(bucket)) {}
  void write(ByteView data) override {
    while (!data.empty()) {
      const ByteView slice = data.first(std::min(data.size(), bucket_->slice()));
      bucket_->take(slice.size());
      next_->write(slice);
      data = data.subspan(slice.size());
    }
  }
  void commit() override { next_->commit(); }

 private:
  std::unique_ptr<Writer> next_;
  std::shared_ptr<Bucket> bucket_;
};

class ThrottledReader final : public Reader {
 public:
  ThrottledReader(std::unique_ptr<Reader> from, std::shared_ptr<Bucket> bucket) : from_(std::move(from)), bucket_(std::move(bucket)) {}
  std::size_t read(std::span<std::byte> out) override {
    const std::size_t got = from_->read(out.first(std::min(out.size(), bucket_->slice())));
    if (got != 0) bucket_->take(got);
    return got;
  }

 private:
  std::unique_ptr<Reader> from_;
  std::shared_ptr<Bucket> bucket_;
};

class Throttle final : public Transform {
 public:
  explicit Throttle(std::shared_ptr<Bucket> bucket) : bucket_(std::move(bucket)) {}
  std::string_view name() const noexcept override { return "throttle"; }
  std::string_view suffix() const noexcept override { return ""; }
  std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const override {
    return std::make_unique<ThrottledWriter>(std::move(next), bucket_);
  }
  std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const override {
    return std::make_unique<ThrottledReader>(std::move(from), bucket_);
  }

 private:
  std::shared_ptr<Bucket> bucket_;
};

}  // namespace

TransformPtr throttle(std::uint64_t bytes_per_second, std::stop_token stop) {
  if (bytes_per_second == 0) throw Error(ErrorCode::invalid_argument, "a throttle must let at least 1 byte per second pass");
  return std::make_shared<Throttle>(std::make_shared<Bucket>(bytes_per_second, std::move(stop)));
}

}  // namespace holdfast
