#include <doctest/doctest.h>

#include "holdfast/transform.hpp"
#include "support/streams.hpp"
#include "transform/zstd_frame.hpp"

namespace hf = holdfast;
using namespace holdfast::test;
using holdfast::Bytes;
using holdfast::ByteView;
using holdfast::ErrorCode;

namespace {

constexpr std::size_t kMiB = 1U << 20;

class PieceWriter final : public hf::Writer {
 public:
  explicit PieceWriter(std::vector<Bytes>& pieces) : pieces_(pieces) {}
  void write(ByteView data) override { pieces_.emplace_back(data.begin(), data.end()); }
  void commit() override {}

 private:
  std::vector<Bytes>& pieces_;
};

Bytes bytes_of(std::initializer_list<unsigned char> values) {
  Bytes bytes;
  for (const unsigned char value : values) bytes.push_back(std::byte{value});
  return bytes;
}

}  // namespace

TEST_CASE("each MiB is a zstd frame that can be decoded alone, whether it was one write or many") {
  const Bytes plain = rows(2 * kMiB + 1000, 1);
  for (const std::size_t max_piece : {std::size_t{4000}, 4 * kMiB}) {
    Rng rng(2);
    std::vector<Bytes> frames;
    const auto writer = hf::zstd()->encode(std::make_unique<PieceWriter>(frames));
    max_piece < kMiB ? write_in_pieces(*writer, plain, rng, max_piece) : writer->write(plain);
    writer->commit();
    REQUIRE(frames.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(std::ranges::equal(decode(*hf::zstd(), frames[i]), ByteView(plain).subspan(i * kMiB, std::min(kMiB, plain.size() - i * kMiB))));
    }
  }
}

TEST_CASE("an empty stream is one empty zstd frame, and no bytes at all are not a zstd stream") {
  CHECK_FALSE(encode(*hf::zstd(), {}).empty());
  CHECK(decode(*hf::zstd(), encode(*hf::zstd(), {})).empty());
  CHECK(code_thrown([] { decode(*hf::zstd(), {}); }) == ErrorCode::corrupt);
}

TEST_CASE("zstd frames that need more than 128 MiB of memory are refused") {
  // Magic, no flags, window descriptor, one empty last block.
  const auto empty_frame = [](unsigned char window) { return bytes_of({0x28, 0xb5, 0x2f, 0xfd, 0x00, window, 0x01, 0x00, 0x00}); };
  CHECK(decode(*hf::zstd(), empty_frame((27 - 10) << 3)).empty());
  CHECK(code_thrown([&] { decode(*hf::zstd(), empty_frame((28 - 10) << 3)); }) == ErrorCode::corrupt);
}

TEST_CASE("the decode check refuses a frame that is damaged or has other bytes") {
  const Bytes plain = rows(5000, 3), other = rows(5000, 4);
  hf::ZstdFrameCompressor compressor(1, hf::ZstdChecksum::on, hf::DecodeCheck::off, 5000);
  const ByteView made = compressor.compress(plain);
  Bytes frame(made.begin(), made.end());
  hf::ZstdFrameCheck check(5000);
  CHECK_NOTHROW(check.require(frame, plain));
  CHECK(code_thrown([&] { check.require(frame, other); }) == ErrorCode::internal);
  CHECK(code_thrown([&] { check.require(frame, ByteView(plain).first(4999)); }) == ErrorCode::internal);
  frame[frame.size() / 2] ^= std::byte{1};
  CHECK(code_thrown([&] { check.require(frame, plain); }) == ErrorCode::internal);
}

TEST_CASE("levels a compressor does not have are refused") {
  for (const int level : {-1, 0, 20}) CHECK(code_thrown([&] { hf::zstd(level); }) == ErrorCode::invalid_argument);
  for (const int level : {-1, 0, 10}) CHECK(code_thrown([&] { hf::gzip(level); }) == ErrorCode::invalid_argument);
}
