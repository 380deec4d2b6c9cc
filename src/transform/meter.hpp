#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "holdfast/context.hpp"
#include "holdfast/io.hpp"

namespace holdfast {

/// Counts the bytes that pass, reports them as progress, and stops when the host cancels. Several may share a counter.
class Meter final : public Writer {
 public:
  enum class Side { plain, stored };

  Meter(std::unique_ptr<Writer> next, const Context& context, Side side, std::atomic<std::uint64_t>& bytes)
      : next_(std::move(next)), context_(context), side_(side), bytes_(bytes) {}

  void write(ByteView data) override {
    context_.check();
    next_->write(data);
    bytes_ += data.size();
    context_.add_progress(side_ == Side::plain ? data.size() : 0, side_ == Side::stored ? data.size() : 0);
  }
  void commit() override {
    context_.check();
    next_->commit();
  }

 private:
  std::unique_ptr<Writer> next_;
  const Context& context_;
  Side side_;
  std::atomic<std::uint64_t>& bytes_;
};

}  // namespace holdfast
