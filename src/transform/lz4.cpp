#include <fmt/format.h>
#include <lz4frame.h>

#include <algorithm>
#include <new>
#include <optional>

#include "holdfast/error.hpp"
#include "holdfast/transform.hpp"
#include "transform/decompressor.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kBlock = 1U << 20;

LZ4F_preferences_t preferences() {
  LZ4F_preferences_t chosen{};
  chosen.frameInfo.blockSizeID = LZ4F_max1MB;
  chosen.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  return chosen;
}

struct FreeLz4 {
  void operator()(LZ4F_cctx* context) const noexcept { LZ4F_freeCompressionContext(context); }
  void operator()(LZ4F_dctx* context) const noexcept { LZ4F_freeDecompressionContext(context); }
};

class Lz4Decompressor final : public Decompressor {
 public:
  Lz4Decompressor() {
    LZ4F_dctx* context = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) != 0) throw std::bad_alloc();
    context_.reset(context);
  }

  std::string_view format() const noexcept override { return "lz4"; }

  Step step(ByteView in, std::span<std::byte> out) override {
    Step step{in.size(), out.size()};
    const std::size_t hint = LZ4F_decompress(context_.get(), out.data(), &step.produced, in.data(), &step.consumed, nullptr);
    if (LZ4F_isError(hint) != 0) throw Error(ErrorCode::corrupt, fmt::format("damaged lz4 data: {}", LZ4F_getErrorName(hint)));
    if (step.consumed != 0 || step.produced != 0) at_frame_end_ = hint == 0;
    return step;
  }

  bool at_frame_end() const noexcept override { return at_frame_end_; }

 private:
  std::unique_ptr<LZ4F_dctx, FreeLz4> context_;
  bool at_frame_end_ = false;
};

class Lz4Writer final : public Writer {
 public:
  Lz4Writer(std::unique_ptr<Writer> next, DecodeCheck check) : next_(std::move(next)) {
    if (check == DecodeCheck::on) check_.emplace(std::make_unique<Lz4Decompressor>());
    LZ4F_cctx* context = nullptr;
    if (LZ4F_isError(LZ4F_createCompressionContext(&context, LZ4F_VERSION)) != 0) throw std::bad_alloc();
    context_.reset(context);
    put(LZ4F_compressBegin(context_.get(), output_.get(), capacity_, &preferences_));
  }

  void write(ByteView data) override {
    if (check_) check_->add_plain(data);
    while (!data.empty()) {
      const ByteView piece = data.first(std::min(data.size(), kBlock));
      put(LZ4F_compressUpdate(context_.get(), output_.get(), capacity_, piece.data(), piece.size(), nullptr));
      data = data.subspan(piece.size());
    }
  }

  void commit() override {
    put(LZ4F_compressEnd(context_.get(), output_.get(), capacity_, nullptr));
    if (check_) check_->finish();
    next_->commit();
  }

 private:
  void put(std::size_t size) {
    if (LZ4F_isError(size) != 0) throw Error(ErrorCode::internal, fmt::format("lz4 failed to compress: {}", LZ4F_getErrorName(size)));
    if (size == 0) return;
    const ByteView made(output_.get(), size);
    if (check_) check_->add_compressed(made);
    next_->write(made);
  }

  std::unique_ptr<Writer> next_;
  std::optional<RunningCheck> check_;
  LZ4F_preferences_t preferences_ = preferences();
  std::size_t capacity_ = std::max<std::size_t>(LZ4F_compressBound(kBlock, &preferences_), LZ4F_HEADER_SIZE_MAX);
  std::unique_ptr<std::byte[]> output_ = std::make_unique_for_overwrite<std::byte[]>(capacity_);
  std::unique_ptr<LZ4F_cctx, FreeLz4> context_;
};

class Lz4 final : public Transform {
 public:
  explicit Lz4(DecodeCheck check) : check_(check) {}
  std::string_view name() const noexcept override { return "lz4"; }
  std::string_view suffix() const noexcept override { return ".lz4"; }
  std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const override {
    return std::make_unique<Lz4Writer>(std::move(next), check_);
  }
  std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const override {
    return decompressing_reader(std::move(from), std::make_unique<Lz4Decompressor>());
  }

 private:
  DecodeCheck check_;
};

}  // namespace

TransformPtr lz4(DecodeCheck check) { return std::make_shared<Lz4>(check); }

}  // namespace holdfast
