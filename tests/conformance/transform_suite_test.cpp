#include "conformance/transform_suite.hpp"

#include <doctest/doctest.h>

#include "support/budget.hpp"
#include "support/streams.hpp"
#include "transform/aes_gcm_stream.hpp"

namespace hf = holdfast;
using namespace holdfast::test;
using holdfast::ErrorCode;

namespace holdfast::test {

namespace {

constexpr std::size_t kMiB = 1U << 20;

void round_trip(const Transform& transform, ByteView plain, std::uint64_t seed, std::size_t max_piece) {
  CAPTURE(plain.size());
  CAPTURE(max_piece);
  Rng rng(seed);
  Bytes encoded;
  int commits = 0;
  const auto writer = transform.encode(memory_writer(encoded, [&] { ++commits; }));
  write_in_pieces(*writer, plain, rng, max_piece);
  CHECK(commits == 0);
  writer->commit();
  CHECK(commits == 1);
  const auto reader = transform.decode(std::make_unique<DribblingReader>(encoded, rng, max_piece));
  CHECK(reader->read({}) == 0);  // an empty span is not the end
  const Bytes back = read_in_pieces(*reader, rng, max_piece);
  CHECK(std::ranges::equal(back, plain));
}

}  // namespace

void check_round_trips(const TransformCase& subject) {
  const std::uint64_t seed = std::random_device()();
  CAPTURE(seed);
  for (const std::size_t size : {0, 1, 2, 13, 1000, 65537}) {
    round_trip(*subject.transform, rows(size, seed), seed, 7);
    round_trip(*subject.transform, noise(size, seed), seed, 3);
  }
  // Sizes around a zstd frame and around the first two encrypted segments.
  for (const std::size_t size : {kMiB - 1, kMiB, kMiB + 1, kMiB - 56, kMiB - 55, 2 * kMiB - 72, 2 * kMiB - 71, 3 * kMiB + 17}) {
    round_trip(*subject.transform, rows(size, seed), seed, 70001);
    round_trip(*subject.transform, noise(size, seed), seed, 3 * kMiB);
  }
}

void check_streams_are_independent(const TransformCase& subject) {
  const Bytes first = rows(3000, 1), second = noise(4000, 2);
  Bytes first_out, second_out;
  const auto a = subject.transform->encode(memory_writer(first_out));
  const auto b = subject.transform->encode(memory_writer(second_out));
  a->write(ByteView(first).first(1000));
  b->write(second);
  a->write(ByteView(first).subspan(1000));
  b->commit();
  a->commit();
  CHECK(decode(*subject.transform, first_out) == first);
  CHECK(decode(*subject.transform, second_out) == second);
}

void check_uncommitted_is_aborted(const TransformCase& subject) {
  bool visible = false;
  Bytes out;
  {
    const auto writer = subject.transform->encode(memory_writer(out, [&] { visible = true; }));
    writer->write(rows(2 * kMiB + 5, 3));
  }
  CHECK_FALSE(visible);
}

void check_errors_pass_through(const TransformCase& subject) {
  const Bytes plain = noise(3 * kMiB, 4);
  for (int good = 0; good < 3; ++good) {
    CAPTURE(good);
    const auto code = code_thrown([&] {
      const auto writer = subject.transform->encode(std::make_unique<FailingWriter>(good, Error(ErrorCode::no_space, "disk full")));
      for (std::size_t i = 0; i < 3; ++i) writer->write(ByteView(plain).subspan(i * kMiB, kMiB));
      writer->commit();
    });
    CHECK(code == ErrorCode::no_space);
  }
  const Bytes encoded = encode(*subject.transform, plain);
  const auto code = code_thrown([&] {
    auto broken = std::make_unique<FailingReader>(memory_reader(ByteView(encoded).first(kMiB)), Error(ErrorCode::network, "lost"));
    read_all(*subject.transform->decode(std::move(broken)), plain.size());
  });
  CHECK(code == ErrorCode::network);
}

void check_truncation_is_found(const TransformCase& subject) {
  const Bytes encoded = encode(*subject.transform, rows(300, 5));
  for (std::size_t length = test::first_of(5); length < encoded.size(); length += test::every(5)) {
    CAPTURE(length);
    CHECK(code_thrown([&] { decode(*subject.transform, ByteView(encoded).first(length)); }) == ErrorCode::corrupt);
  }
}

void check_extension_is_found(const TransformCase& subject) {
  const Bytes encoded = encode(*subject.transform, rows(300, 6));
  for (const std::size_t extra : {1, 3, 4, 7, 8, 100}) {
    CAPTURE(extra);
    for (const Bytes& garbage : {noise(extra, 7), Bytes(extra)}) {
      Bytes extended = encoded;
      extended.insert(extended.end(), garbage.begin(), garbage.end());
      CHECK(code_thrown([&] { decode(*subject.transform, extended); }) == ErrorCode::corrupt);
    }
  }
}

void check_flipped_bits_are_found(const TransformCase& subject) {
  const Bytes plain = rows(300, 8);
  Bytes encoded = encode(*subject.transform, plain);
  for (std::size_t bit = test::first_of(13); bit < encoded.size() * 8; bit += test::every(13)) {
    CAPTURE(bit);
    const std::byte mask{static_cast<unsigned char>(1U << (bit % 8))};
    encoded[bit / 8] ^= mask;
    // A flip may hit an unused bit (for example in a gzip header's time); wrong bytes never pass.
    Bytes back;
    const auto code = code_thrown([&] { back = decode(*subject.transform, encoded); });
    CHECK((code == ErrorCode::corrupt || (!code && back == plain)));
    encoded[bit / 8] ^= mask;
  }
}

void run_transform_suite(const TransformCase& subject) {
  SUBCASE("round trips") { check_round_trips(subject); }
  SUBCASE("streams are independent") { check_streams_are_independent(subject); }
  SUBCASE("uncommitted is aborted") { check_uncommitted_is_aborted(subject); }
  SUBCASE("errors pass through") { check_errors_pass_through(subject); }
  SUBCASE("truncation is found") { check_truncation_is_found(subject); }
  SUBCASE("extension is found") { check_extension_is_found(subject); }
  SUBCASE("flipped bits are found") { check_flipped_bits_are_found(subject); }
}

}  // namespace holdfast::test

namespace {

std::vector<TransformCase> transform_cases() {
  const hf::Secret key(std::string_view("0123456789abcdef0123456789abcdef"));
  return {
      {"zstd", hf::zstd(), true},
      {"zstd, level 9, unchecked", hf::zstd(9, hf::DecodeCheck::off), true},
      {"gzip", hf::gzip(), true},
      {"gzip, level 1, unchecked", hf::gzip(1, hf::DecodeCheck::off), true},
      {"lz4", hf::lz4(), true},
      {"lz4, unchecked", hf::lz4(hf::DecodeCheck::off), true},
      {"aes256gcm", hf::aes256gcm(key, "place"), true},
      {"aes256gcm, segments of 64 bytes", hf::aes256gcm_with_segments(key, "place", hf::system_random(), 64), true},
      {"hash sha256", hf::hash(hf::HashKind::sha256, {}), false},
      {"hash xxh3", hf::hash(hf::HashKind::xxh3, {}), false},
      {"throttle", hf::throttle(std::uint64_t{1} << 40), false},
  };
}

void for_each_transform(bool only_those_that_find_damage, void (*check)(const TransformCase&)) {
  for (const TransformCase& subject : transform_cases()) {
    if (only_those_that_find_damage && !subject.finds_damage) continue;
    CAPTURE(subject.label);
    check(subject);
  }
}

}  // namespace

TEST_CASE("every transform returns its input, with all sizes of writes and reads") { for_each_transform(false, check_round_trips); }
TEST_CASE("streams of one transform do not disturb each other") { for_each_transform(false, check_streams_are_independent); }
TEST_CASE("a stream dropped before commit commits nothing") { for_each_transform(false, check_uncommitted_is_aborted); }
TEST_CASE("errors of the next writer and of the inner reader are passed on unchanged") {
  for_each_transform(false, check_errors_pass_through);
}
TEST_CASE("an encoded stream cut at any length is corrupt") { for_each_transform(true, check_truncation_is_found); }
TEST_CASE("bytes after an encoded stream are corrupt") { for_each_transform(true, check_extension_is_found); }
TEST_CASE("no flipped bit of an encoded stream gives wrong bytes") { for_each_transform(true, check_flipped_bits_are_found); }
