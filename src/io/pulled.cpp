#include "io/pulled.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

#include "base/retry_tally.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

/// The meeting of a thread that writes and one that reads. The writer waits until its block is read.
class Handoff {
 public:
  /// Returns false if the reader left.
  bool give(ByteView data) {
    std::unique_lock lock(mutex_);
    data_ = data;
    changed_.notify_all();
    changed_.wait(lock, [&] { return data_.empty() || left_; });
    data_ = {};
    return !left_;
  }
  void end(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    failure_ = std::move(failure);
    changed_.notify_all();
  }
  std::size_t take(std::span<std::byte> out) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !data_.empty() || ended_; });
    if (data_.empty()) {
      if (failure_) std::rethrow_exception(failure_);
      return 0;
    }
    const std::size_t count = std::min(out.size(), data_.size());
    std::memcpy(out.data(), data_.data(), count);
    data_ = data_.subspan(count);
    if (data_.empty()) changed_.notify_all();
    return count;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    left_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  ByteView data_;
  std::exception_ptr failure_;
  bool ended_ = false, left_ = false;
};

class GivingWriter final : public Writer {
 public:
  explicit GivingWriter(Handoff& handoff) : handoff_(handoff) {}
  void write(ByteView data) override {
    if (!data.empty() && !handoff_.give(data)) throw Error(ErrorCode::cancelled, "nobody reads the stream any more");
  }
  void commit() override {}

 private:
  Handoff& handoff_;
};

class TakingReader final : public Reader {
 public:
  explicit TakingReader(Handoff& handoff) : handoff_(handoff) {}
  std::size_t read(std::span<std::byte> out) override {
    if (out.empty() || ended_) return 0;
    const std::size_t count = handoff_.take(out);
    ended_ = count == 0;
    return count;
  }
  bool ended() const noexcept { return ended_; }

 private:
  Handoff& handoff_;
  bool ended_ = false;
};

class PulledReader final : public Reader {
 public:
  PulledReader(std::function<void(Writer&)> produce, std::function<void()> stop)
      : stop_(std::move(stop)), reader_(handoff_), thread_([this, produce = std::move(produce), tally = RetryTally::current()] {
          const RetryTally::Scope scope(tally);
          run(produce);
        }) {}
  PulledReader(const PulledReader&) = delete;
  PulledReader& operator=(const PulledReader&) = delete;
  ~PulledReader() override {
    if (stop_ && !reader_.ended()) stop_();
    handoff_.leave();
    thread_.join();
  }
  std::size_t read(std::span<std::byte> out) override { return reader_.read(out); }

 private:
  void run(const std::function<void(Writer&)>& produce) noexcept {
    std::exception_ptr failure;
    try {
      GivingWriter out(handoff_);
      produce(out);
    } catch (...) {
      failure = std::current_exception();
    }
    handoff_.end(failure);
  }

  std::function<void()> stop_;
  Handoff handoff_;
  TakingReader reader_;
  std::thread thread_;  // last: it uses the others
};

class PushedWriter final : public Writer {
 public:
  PushedWriter(std::function<void(Reader&)> consume, std::string what)
      : what_(std::move(what)), thread_([this, consume = std::move(consume), tally = RetryTally::current()] {
          const RetryTally::Scope scope(tally);
          run(consume);
        }) {}
  PushedWriter(const PushedWriter&) = delete;
  PushedWriter& operator=(const PushedWriter&) = delete;
  ~PushedWriter() override {
    if (thread_.joinable()) finish(std::make_exception_ptr(Error(ErrorCode::cancelled, what_ + ": the stream was given up")));
  }

  void write(ByteView data) override {
    if (data.empty() || handoff_.give(data)) return;
    finish({});
    throw_failure();
  }
  void commit() override {
    finish({});
    if (failure_ || !read_to_end_) throw_failure();
  }

 private:
  void run(const std::function<void(Reader&)>& consume) noexcept {
    try {
      TakingReader from(handoff_);
      consume(from);
      read_to_end_ = from.ended();
    } catch (...) {
      failure_ = std::current_exception();
    }
    handoff_.leave();
  }
  void finish(std::exception_ptr why) {
    handoff_.end(std::move(why));
    if (thread_.joinable()) thread_.join();
  }
  [[noreturn]] void throw_failure() const {
    if (failure_) std::rethrow_exception(failure_);
    throw Error(ErrorCode::target, what_ + " did not read everything");
  }

  std::string what_;
  Handoff handoff_;
  std::exception_ptr failure_;  // both are the thread's until it is joined
  bool read_to_end_ = false;
  std::thread thread_;
};

class CountedReader final : public Reader {
 public:
  CountedReader(std::unique_ptr<Reader> from, std::function<void(std::size_t)> seen) : from_(std::move(from)), seen_(std::move(seen)) {}
  std::size_t read(std::span<std::byte> out) override {
    const std::size_t count = from_->read(out);
    seen_(count);
    return count;
  }

 private:
  std::unique_ptr<Reader> from_;
  std::function<void(std::size_t)> seen_;
};

}  // namespace

std::unique_ptr<Reader> pulled_reader(std::function<void(Writer&)> produce, std::function<void()> stop) {
  return std::make_unique<PulledReader>(std::move(produce), std::move(stop));
}

std::unique_ptr<Writer> pushed_writer(std::function<void(Reader&)> consume, std::string what) {
  return std::make_unique<PushedWriter>(std::move(consume), std::move(what));
}

std::unique_ptr<Reader> counted_reader(std::unique_ptr<Reader> from, std::function<void(std::size_t)> seen) {
  return std::make_unique<CountedReader>(std::move(from), std::move(seen));
}

}  // namespace holdfast
