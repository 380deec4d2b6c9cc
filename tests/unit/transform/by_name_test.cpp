#include "transform/by_name.hpp"

#include <doctest/doctest.h>

#include "support/streams.hpp"

namespace hf = holdfast;
using namespace holdfast::test;
using holdfast::Bytes;
using holdfast::ErrorCode;

TEST_CASE("the names in a manifest rebuild its decoder") {
  const hf::Secret key(std::string_view("0123456789abcdef0123456789abcdef"));
  const Bytes plain = rows(5000, 1);
  for (const auto& transform : {hf::zstd(7), hf::gzip(1), hf::lz4(), hf::aes256gcm(key, "place")}) {
    CAPTURE(transform->name());
    const auto again = hf::transform_by_name(transform->name(), &key, "place");
    CHECK(again->name() == transform->name());
    CHECK(again->suffix() == transform->suffix());
    CHECK(decode(*again, encode(*transform, plain)) == plain);
  }
}

TEST_CASE("an unknown name of a newer version is refused by name") {
  CHECK_THROWS_WITH_AS(hf::transform_by_name("brotli", nullptr, ""),
                       "unknown transform \"brotli\": the data was written by a newer version", hf::Error);
  CHECK(code_thrown([] { hf::transform_by_name("brotli", nullptr, ""); }) == ErrorCode::unsupported);
  CHECK(code_thrown([] { hf::transform_by_name("", nullptr, ""); }) == ErrorCode::unsupported);
}

TEST_CASE("decoding encrypted data without a key requests the key") {
  CHECK(code_thrown([] { hf::transform_by_name("aes256-gcm-hkdf-1mb", nullptr, ""); }) == ErrorCode::wrong_key);
}

TEST_CASE("compression is read from its text form") {
  CHECK(hf::parse_compression("none") == nullptr);
  for (const auto* text : {"zstd", "zstd:1", "zstd:19"}) CHECK(hf::parse_compression(text)->name() == "zstd");
  for (const auto* text : {"gzip", "gzip:1", "gzip:9"}) CHECK(hf::parse_compression(text)->name() == "gzip");
  CHECK(hf::parse_compression("lz4")->name() == "lz4");
  const Bytes plain = rows(200000, 1);
  CHECK(encode(*hf::parse_compression("zstd:19"), plain).size() < encode(*hf::parse_compression("zstd:1"), plain).size());
}

TEST_CASE("a compression that does not exist is refused") {
  for (const auto* text : {"", "bzip2", "ZSTD", "zstd:", "zstd:0", "zstd:20", "zstd:3x", "zstd: 3", "zstd:+3", "gzip:10", "lz4:1", "none:1",
                           ":3", "zstd:99999999999"}) {
    CAPTURE(text);
    CHECK(code_thrown([&] { hf::parse_compression(text); }) == ErrorCode::invalid_argument);
  }
}
