#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <optional>

#include "holdfast/error.hpp"
#include "holdfast/transform.hpp"
#include "transform/decompressor.hpp"

namespace holdfast {

namespace {

constexpr int kGzipWindow = 15 + 16;  // 32 KiB window, gzip header and trailer
constexpr int kMemory = 8;            // zlib's default
constexpr std::size_t kOutput = 256U << 10;
constexpr std::size_t kMaxPiece = 1U << 30;  // zlib counts in unsigned int

// zlib reads through next_in but declares it non-const.
Bytef* zlib_input(ByteView bytes) { return reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data())); }
Bytef* zlib_output(std::byte* bytes) { return reinterpret_cast<Bytef*>(bytes); }
uInt piece_size(std::size_t size) { return static_cast<uInt>(std::min(size, kMaxPiece)); }

class GzipDecompressor final : public Decompressor {
 public:
  GzipDecompressor() {
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw Error(ErrorCode::internal, "zlib failed to start decoding: out of memory");
  }
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;
  ~GzipDecompressor() override { inflateEnd(&stream_); }

  std::string_view format() const noexcept override { return "gzip"; }

  Step step(ByteView in, std::span<std::byte> out) override {
    if (at_frame_end_) {
      if (in.empty()) return {};
      inflateReset(&stream_);  // another member follows
      at_frame_end_ = false;
    }
    stream_.next_in = zlib_input(in);
    stream_.avail_in = piece_size(in.size());
    stream_.next_out = zlib_output(out.data());
    stream_.avail_out = piece_size(out.size());
    const uInt given = stream_.avail_in, room = stream_.avail_out;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      throw Error(ErrorCode::corrupt, fmt::format("damaged gzip data: {}", stream_.msg != nullptr ? stream_.msg : "it can't be decoded"));
    }
    at_frame_end_ = status == Z_STREAM_END;
    return {given - stream_.avail_in, room - stream_.avail_out};
  }

  bool at_frame_end() const noexcept override { return at_frame_end_; }

 private:
  z_stream stream_{};
  bool at_frame_end_ = false;
};

class GzipWriter final : public Writer {
 public:
  GzipWriter(std::unique_ptr<Writer> next, int level, DecodeCheck check) : next_(std::move(next)) {
    if (check == DecodeCheck::on) check_.emplace(std::make_unique<GzipDecompressor>());
    if (deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw Error(ErrorCode::internal, "zlib failed to start compressing: out of memory");
    }
    reset_output();
  }
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;
  ~GzipWriter() override { deflateEnd(&stream_); }

  void write(ByteView data) override {
    if (check_) check_->add_plain(data);
    while (!data.empty()) {
      const uInt piece = piece_size(data.size());
      stream_.next_in = zlib_input(data);
      stream_.avail_in = piece;
      while (stream_.avail_in != 0) deflate_some(Z_NO_FLUSH);
      data = data.subspan(piece);
    }
  }

  void commit() override {
    while (deflate_some(Z_FINISH) != Z_STREAM_END) {
    }
    put_output();
    if (check_) check_->finish();
    next_->commit();
  }

 private:
  int deflate_some(int flush) {
    if (stream_.avail_out == 0) put_output();
    const int status = deflate(&stream_, flush);
    if (status == Z_STREAM_ERROR) throw Error(ErrorCode::internal, "zlib failed to compress");
    return status;
  }

  void put_output() {
    const ByteView made(output_.get(), kOutput - stream_.avail_out);
    reset_output();
    if (made.empty()) return;
    if (check_) check_->add_compressed(made);
    next_->write(made);
  }

  void reset_output() {
    stream_.next_out = zlib_output(output_.get());
    stream_.avail_out = kOutput;
  }

  std::unique_ptr<Writer> next_;
  std::optional<RunningCheck> check_;
  std::unique_ptr<std::byte[]> output_ = std::make_unique_for_overwrite<std::byte[]>(kOutput);
  z_stream stream_{};
};

class Gzip final : public Transform {
 public:
  Gzip(int level, DecodeCheck check) : level_(level), check_(check) {}
  std::string_view name() const noexcept override { return "gzip"; }
  std::string_view suffix() const noexcept override { return ".gz"; }
  std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const override {
    return std::make_unique<GzipWriter>(std::move(next), level_, check_);
  }
  std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const override {
    return decompressing_reader(std::move(from), std::make_unique<GzipDecompressor>());
  }

 private:
  int level_;
  DecodeCheck check_;
};

}  // namespace

TransformPtr gzip(int level, DecodeCheck check) {
  if (level < 1 || level > 9) throw Error(ErrorCode::invalid_argument, fmt::format("gzip level {} is not one of 1 to 9", level));
  return std::make_shared<Gzip>(level, check);
}

}  // namespace holdfast
