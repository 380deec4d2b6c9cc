#include "transform/aes_gcm_stream.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "support/streams.hpp"

namespace hf = holdfast;
using namespace holdfast::test;
using holdfast::Bytes;
using holdfast::ByteView;
using holdfast::ErrorCode;

namespace {

constexpr std::size_t kSegment = 64;
constexpr std::size_t kHeader = 40;
constexpr std::size_t kTag = 16;

Bytes counting(std::size_t size, unsigned char first = 0) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(first + i);
  return bytes;
}

hf::TransformPtr small_segments(const hf::Secret& key, std::string_view associated_data) {
  return hf::aes256gcm_with_segments(key, associated_data, hf::system_random(), kSegment);
}

hf::Secret test_key(unsigned char first = 0) { return hf::Secret(ByteView(counting(32, first))); }

std::optional<ErrorCode> decode_error(const hf::Transform& transform, ByteView encoded) {
  return code_thrown([&] { decode(transform, encoded); });
}

// Salt 40..5f and nonce prefix a0..a6, as in the known answers.
Bytes known_header_random() {
  Bytes bytes = counting(32, 0x40);
  const Bytes prefix = counting(7, 0xa0);
  bytes.insert(bytes.end(), prefix.begin(), prefix.end());
  return bytes;
}

}  // namespace

TEST_CASE("the stream is Tink's AES256-GCM-HKDF, byte for byte") {
  const std::string header = "28" + hf::to_hex(known_header_random());
  const auto expect = [&](std::size_t size, const std::string& segments) {
    CAPTURE(size);
    CountingRandom random(known_header_random());
    const auto transform = hf::aes256gcm_with_segments(test_key(), "tink-aad", random, kSegment);
    CHECK(hf::to_hex(encode(*transform, counting(size))) == header + segments);
    CHECK(decode(*transform, hf::from_hex(header + segments)) == counting(size));
  };
  expect(0, "9d4d7a06bd9b21a330b5da32ab340f5c");
  expect(8, "a67efec280912eb4c893723157e728c1e37f02b49b071bee");  // exactly full: no empty segment follows
  expect(9, "792355be846c33002ff807f4db6ab5770de2423288de34d489ba9de25f3429b11c5fe0c9f677e2495a");
}

TEST_CASE("segments have 1 MiB, and the first includes the header") {
  const auto transform = hf::aes256gcm(test_key());
  const std::size_t first = (1U << 20) - kHeader - kTag, other = (1U << 20) - kTag;
  for (const auto& [plain, segments] :
       {std::pair{std::size_t{0}, 1U}, {first, 1U}, {first + 1, 2U}, {first + other, 2U}, {first + other + 1, 3U}}) {
    CAPTURE(plain);
    CHECK(encode(*transform, Bytes(plain)).size() == kHeader + plain + segments * kTag);
  }
}

TEST_CASE("every size around segment borders is decoded, in any pieces") {
  const std::uint64_t seed = std::random_device()();
  CAPTURE(seed);
  Rng rng(seed);
  const auto transform = small_segments(test_key(), "a");
  for (std::size_t size = 0; size < 4 * kSegment; ++size) {
    CAPTURE(size);
    const Bytes plain = noise(size, seed);
    Bytes encoded;
    const auto writer = transform->encode(hf::memory_writer(encoded));
    write_in_pieces(*writer, plain, rng, 150);
    writer->commit();
    CHECK(decode(*transform, encoded) == plain);
    const auto reader = transform->decode(std::make_unique<DribblingReader>(encoded, rng, 5));
    CHECK(read_in_pieces(*reader, rng, 100) == plain);
  }
}

TEST_CASE("every flipped bit of an encrypted stream is found") {
  const auto transform = small_segments(test_key(), "a");
  Bytes encoded = encode(*transform, counting(200));
  for (std::size_t bit = 0; bit < encoded.size() * 8; ++bit) {
    CAPTURE(bit);
    const std::byte mask{static_cast<unsigned char>(1U << (bit % 8))};
    encoded[bit / 8] ^= mask;
    CHECK(decode_error(*transform, encoded) == ErrorCode::corrupt);
    encoded[bit / 8] ^= mask;
  }
}

TEST_CASE("an encrypted stream cut anywhere, also between segments, is found") {
  const auto transform = small_segments(test_key(), "a");
  for (const std::size_t size : {0, 8, 56, 200}) {
    const Bytes encoded = encode(*transform, counting(size));
    for (std::size_t length = 0; length < encoded.size(); ++length) {
      CAPTURE(length);
      CHECK(decode_error(*transform, ByteView(encoded).first(length)) == ErrorCode::corrupt);
    }
  }
}

TEST_CASE("an encrypted stream with bytes or a segment added is found") {
  const auto transform = small_segments(test_key(), "a");
  for (const std::size_t size : {0, 8, 56, 200}) {
    const Bytes encoded = encode(*transform, counting(size));
    for (std::size_t extra = 1; extra <= 2 * kSegment; ++extra) {
      CAPTURE(extra);
      Bytes extended = encoded;
      extended.resize(encoded.size() + extra);
      CHECK(decode_error(*transform, extended) == ErrorCode::corrupt);
    }
  }
}

TEST_CASE("segments swapped, repeated or left out are found") {
  const auto transform = small_segments(test_key(), "a");
  const Bytes encoded = encode(*transform, Bytes(8 + 4 * (kSegment - kTag)));  // five full segments
  const auto arranged = [&](std::initializer_list<int> order) {
    Bytes bytes;
    for (const int segment : order) {
      bytes.insert(bytes.end(), encoded.begin() + segment * static_cast<int>(kSegment),
                   encoded.begin() + (segment + 1) * static_cast<int>(kSegment));
    }
    return bytes;
  };
  CHECK_FALSE(decode_error(*transform, arranged({0, 1, 2, 3, 4})));
  CHECK(decode_error(*transform, arranged({0, 2, 1, 3, 4})) == ErrorCode::corrupt);
  CHECK(decode_error(*transform, arranged({0, 1, 2, 4, 3})) == ErrorCode::corrupt);
  CHECK(decode_error(*transform, arranged({0, 1, 1, 2, 3, 4})) == ErrorCode::corrupt);
  CHECK(decode_error(*transform, arranged({0, 1, 2, 4})) == ErrorCode::corrupt);
  CHECK(decode_error(*transform, arranged({0, 4})) == ErrorCode::corrupt);
}

TEST_CASE("a segment of another stream under the same key is found") {
  const auto transform = small_segments(test_key(), "a");
  const Bytes plain = counting(200);
  Bytes one = encode(*transform, plain);
  const Bytes other = encode(*transform, plain);
  CHECK(one != other);  // each has a new salt
  std::copy(other.begin() + kSegment, other.begin() + 2 * kSegment, one.begin() + kSegment);
  CHECK(decode_error(*transform, one) == ErrorCode::corrupt);
}

TEST_CASE("a wrong key or another place does not open a stream") {
  const Bytes encoded = encode(*small_segments(test_key(), "backups/1/rows"), counting(200));
  CHECK_FALSE(decode_error(*small_segments(test_key(), "backups/1/rows"), encoded));
  CHECK(decode_error(*small_segments(test_key(1), "backups/1/rows"), encoded) == ErrorCode::corrupt);
  CHECK(decode_error(*small_segments(test_key(), "backups/2/rows"), encoded) == ErrorCode::corrupt);
  CHECK(decode_error(*small_segments(test_key(), ""), encoded) == ErrorCode::corrupt);
}

TEST_CASE("no plain byte of a damaged segment is returned") {
  const auto transform = small_segments(test_key(), "a");
  Bytes encoded = encode(*transform, counting(200));
  encoded[2 * kSegment + 1] ^= std::byte{1};  // in the third segment
  const auto reader = transform->decode(hf::memory_reader(ByteView(encoded)));
  Bytes got(1000);
  std::size_t count = 0;
  CHECK(code_thrown([&] {
          for (;;) count += reader->read(std::span(got).subspan(count));
        }) == ErrorCode::corrupt);
  CHECK(count == 8 + (kSegment - kTag));
  CHECK(std::all_of(got.begin() + static_cast<std::ptrdiff_t>(count), got.end(), [](std::byte byte) { return byte == std::byte{}; }));
}

TEST_CASE("a key of another length is refused") {
  CHECK(code_thrown([] { hf::aes256gcm(hf::Secret(std::string_view("short"))); }) == ErrorCode::invalid_argument);
  CHECK(code_thrown([] { hf::aes256gcm(hf::Secret()); }) == ErrorCode::invalid_argument);
}
