#include "transform/decompressor.hpp"

#include <fmt/format.h>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kInputBuffer = 256U << 10;
constexpr std::size_t kScratch = 128U << 10;

class DecompressingReader final : public Reader {
 public:
  DecompressingReader(std::unique_ptr<Reader> from, std::unique_ptr<Decompressor> decompressor)
      : from_(std::move(from)), decompressor_(std::move(decompressor)) {}

  std::size_t read(std::span<std::byte> out) override {
    if (out.empty()) return 0;
    for (;;) {
      // Also without more input: the decompressor may still hold output that did not fit last time.
      const auto step = decompressor_->step(input_, out);
      input_ = input_.subspan(step.consumed);
      if (step.produced != 0) return step.produced;
      if (step.consumed == 0 && !refill()) return 0;
    }
  }

 private:
  // Returns false at the end of a complete stream.
  bool refill() {
    if (!input_.empty()) throw Error(ErrorCode::corrupt, fmt::format("damaged {} data: it can't be decoded", decompressor_->format()));
    if (!ended_) {
      const std::size_t got = from_->read({buffer_.get(), kInputBuffer});
      input_ = {buffer_.get(), got};
      ended_ = got == 0;
    }
    if (!ended_) return true;
    if (!decompressor_->at_frame_end()) {
      throw Error(ErrorCode::corrupt, fmt::format("truncated {} data: it stops inside a frame", decompressor_->format()));
    }
    return false;
  }

  std::unique_ptr<Reader> from_;
  std::unique_ptr<Decompressor> decompressor_;
  std::unique_ptr<std::byte[]> buffer_ = std::make_unique_for_overwrite<std::byte[]>(kInputBuffer);
  ByteView input_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Reader> decompressing_reader(std::unique_ptr<Reader> from, std::unique_ptr<Decompressor> decompressor) {
  return std::make_unique<DecompressingReader>(std::move(from), std::move(decompressor));
}

void throw_bad_compressor_output(std::string_view format) {
  throw Error(ErrorCode::internal, fmt::format("the {} compressor produced bytes that do not decode to its input: nothing was stored; "
                                               "check this machine's memory",
                                               format));
}

RunningCheck::RunningCheck(std::unique_ptr<Decompressor> decompressor)
    : decompressor_(std::move(decompressor)), scratch_(std::make_unique_for_overwrite<std::byte[]>(kScratch)) {}

void RunningCheck::add_plain(ByteView plain) { plain_.update(plain); }

void RunningCheck::add_compressed(ByteView compressed) {
  for (;;) {
    Decompressor::Step step;
    try {
      step = decompressor_->step(compressed, {scratch_.get(), kScratch});
    } catch (const Error&) {
      throw_bad_compressor_output(decompressor_->format());
    }
    decoded_.update({scratch_.get(), step.produced});
    compressed = compressed.subspan(step.consumed);
    if (step.consumed == 0 && step.produced == 0) break;
  }
  if (!compressed.empty()) throw_bad_compressor_output(decompressor_->format());
}

void RunningCheck::finish() const {
  if (!decompressor_->at_frame_end() || plain_.finish() != decoded_.finish()) throw_bad_compressor_output(decompressor_->format());
}

}  // namespace holdfast
