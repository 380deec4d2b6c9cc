#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <new>

#include "holdfast/error.hpp"
#include "holdfast/transform.hpp"
#include "transform/decompressor.hpp"
#include "transform/zstd_frame.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kFrame = 1U << 20;  // plain bytes per frame
constexpr int kMaxWindowLog = 27;         // 128 MiB: limit of decoding; `zstd -d` accepts it by default

class ZstdWriter final : public Writer {
 public:
  ZstdWriter(std::unique_ptr<Writer> next, int level, DecodeCheck check)
      : next_(std::move(next)), compressor_(level, ZstdChecksum::on, check, kFrame) {}

  void write(ByteView data) override {
    while (!data.empty()) {
      const std::size_t taken = std::min(kFrame - held_.size(), data.size());
      if (taken == kFrame) {
        put_frame(data.first(kFrame));  // straight from the caller's memory
      } else {
        hold(data.first(taken));
      }
      data = data.subspan(taken);
    }
  }

  void commit() override {
    if (!held_.empty() || !any_frame_) put_frame(held_);  // an empty stream has one empty frame
    next_->commit();
  }

 private:
  void hold(ByteView data) {
    held_.reserve(kFrame);
    held_.insert(held_.end(), data.begin(), data.end());
    if (held_.size() < kFrame) return;
    put_frame(held_);
    held_.clear();
  }

  void put_frame(ByteView plain) {
    next_->write(compressor_.compress(plain));
    any_frame_ = true;
  }

  std::unique_ptr<Writer> next_;
  ZstdFrameCompressor compressor_;
  Bytes held_;  // less than a frame, until more follows
  bool any_frame_ = false;
};

class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor() : context_(ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  }

  std::string_view format() const noexcept override { return "zstd"; }

  Step step(ByteView in, std::span<std::byte> out) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(context_.get(), &output, &input);
    if (ZSTD_isError(hint) != 0) {
      throw Error(ErrorCode::corrupt, fmt::format("damaged zstd data (or its window is beyond 128 MiB): {}", ZSTD_getErrorName(hint)));
    }
    if (input.pos != 0 || output.pos != 0) at_frame_end_ = hint == 0;
    return {input.pos, output.pos};
  }

  bool at_frame_end() const noexcept override { return at_frame_end_; }

 private:
  std::unique_ptr<ZSTD_DCtx_s, FreeZstd> context_;
  bool at_frame_end_ = false;
};

class Zstd final : public Transform {
 public:
  Zstd(int level, DecodeCheck check) : level_(level), check_(check) {}
  std::string_view name() const noexcept override { return "zstd"; }
  std::string_view suffix() const noexcept override { return ".zst"; }
  std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const override {
    return std::make_unique<ZstdWriter>(std::move(next), level_, check_);
  }
  std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const override {
    return decompressing_reader(std::move(from), std::make_unique<ZstdDecompressor>());
  }

 private:
  int level_;
  DecodeCheck check_;
};

}  // namespace

TransformPtr zstd(int level, DecodeCheck check) {
  if (level < 1 || level > 19) throw Error(ErrorCode::invalid_argument, fmt::format("zstd level {} is not one of 1 to 19", level));
  return std::make_shared<Zstd>(level, check);
}

}  // namespace holdfast
