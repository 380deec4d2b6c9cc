#include "repository/packed/cbor.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "support/streams.hpp"

using namespace holdfast;
using namespace holdfast::test;
using nlohmann::json;

namespace {

json decoded(const std::string& hex) { return decode_cbor(from_hex(hex), "the/object"); }

// Whether these bytes are refused as they must be: as damage, naming the object.
bool refused(const std::string& hex) {
  try {
    decoded(hex);
  } catch (const Error& error) {
    return error.code() == ErrorCode::corrupt && error.message().starts_with("the/object: ");
  }
  return false;
}

std::string repeated(const std::string& what, int count) {
  std::string text;
  for (; count > 0; --count) text += what;
  return text;
}

}  // namespace

TEST_CASE("a CBOR map comes back as it was, at the edges of every length of a head") {
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{23}, std::uint64_t{24}, std::uint64_t{255}, std::uint64_t{256}, std::uint64_t{65535},
        std::uint64_t{65536}, std::uint64_t{0xffffffff}, std::uint64_t{0x100000000}, ~std::uint64_t{0}}) {
    CAPTURE(number);
    json map{{"n", number}, {"list", {1, "zwei", nullptr, true, false, -1, -500, json::object()}}, {"é", "日本"}};
    if (number <= 65536) map["bytes"] = to_binary(Bytes(number, std::byte{7}));
    CHECK(decode_cbor(encode_cbor(map), "x") == map);
  }
}

TEST_CASE("CBOR is read as RFC 8949 says") {
  // {"a": 1, "b": [2, -3], "c": h'01ff', "d": "ü", "e": {}, "f": 1000000, "g": true, "h": null}
  const json map = decoded("a8616101616282022261634201ff616462c3bc6165a061661a000f42406167f56168f6");
  CHECK(map.at("a") == 1);
  CHECK(map.at("b") == json{2, -3});
  CHECK(map.at("c") == to_binary(from_hex("01ff")));
  CHECK(map.at("d") == "ü");
  CHECK(map.at("e") == json::object());
  CHECK(map.at("f") == 1000000);
  CHECK(map.at("g") == true);
  CHECK(map.at("h") == nullptr);
}

TEST_CASE("CBOR that two readers could read in two ways is refused") {
  CHECK_FALSE(refused("a1616101"));
  CHECK(refused(""));
  CHECK(refused("01"));                        // no map
  CHECK(refused("80"));                        // no map
  CHECK(refused("a161610100"));                // bytes behind
  CHECK(refused("a2616101616102"));            // a name twice
  CHECK(refused("a10101"));                    // a key that is no text
  CHECK(refused("a161611801"));                // not the shortest
  CHECK(refused("a16161190001"));              // not the shortest
  CHECK(refused("a161611b00000000ffffffff"));  // not the shortest
  CHECK(refused("a1616161ff"));                // not UTF-8
  CHECK(refused("a161ff01"));                  // a key that is not UTF-8
  CHECK(refused("a16161c001"));                // a tag
  CHECK(refused("a16161f93c00"));              // a float
  CHECK(refused("a16161fb3ff0000000000000"));  // a float
  CHECK(refused("a16161f7"));                  // undefined
  CHECK(refused("a16161f814"));                // false, written long
  CHECK(refused("bf616101ff"));                // indefinite
  CHECK(refused("a161617f6161ff"));            // indefinite
  CHECK(refused("a161611c"));                  // reserved
  CHECK(refused("a161613bffffffffffffffff"));  // -2^64
}

TEST_CASE("CBOR that is cut at any byte is refused") {
  const Bytes whole = encode_cbor({{"n", 70000}, {"t", "text"}, {"l", {1, 2, {{"b", to_binary(Bytes(30))}}}}});
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(refused(to_hex(ByteView(whole).first(size))));
}

TEST_CASE("CBOR made to hurt costs neither stack nor memory") {
  CHECK_FALSE(refused("a16161" + repeated("81", 63) + "00"));
  CHECK(refused("a16161" + repeated("81", 64) + "00"));
  CHECK(refused(repeated("81", 2'000'000)));
  CHECK(refused("a16161" + repeated("7f", 2'000'000)));
  CHECK(refused("a16161" + repeated("5f", 2'000'000)));
  CHECK(refused("a161619bffffffffffffffff"));
  CHECK(refused("a161615bffffffffffffffff"));
  CHECK(refused("bbffffffffffffffff"));
}

TEST_CASE("random damage to CBOR never does more than fail") {
  const Bytes whole = encode_cbor({{"n", 70000}, {"t", "text"}, {"l", {1, -2, {{"b", to_binary(Bytes(30))}}}}});
  const std::uint64_t seed = 20261120;
  CAPTURE(seed);
  Rng rng(seed);
  for (int round = 0; round < 20000; ++round) {
    Bytes damaged = whole;
    for (std::uint64_t count = 1 + rng() % 4; count > 0; --count) damaged[rng() % damaged.size()] = static_cast<std::byte>(rng());
    const auto code = error_of([&] { decode_cbor(damaged, "x"); });
    if (code) REQUIRE(*code == ErrorCode::corrupt);
  }
}

TEST_CASE("what could not be read back is not written") {
  CHECK(error_of([] { encode_cbor({{"t", "\xff"}}); }) == ErrorCode::invalid_argument);
  CHECK(error_of([] { encode_cbor({{"\xc3", 1}}); }) == ErrorCode::invalid_argument);
  CHECK(error_of([] { encode_cbor({{"f", 0.5}}); }) == ErrorCode::invalid_argument);
  CHECK(error_of([] { encode_cbor(json::array({1})); }) == ErrorCode::invalid_argument);
}

TEST_CASE("members of a record that are not what they must be are damage") {
  const std::string object = "the/object";
  const json map{{"bytes", to_binary(from_hex("00010203"))}, {"time", 1'000'000}, {"map", {{"a", "b"}}}, {"text", "x"}};
  const Fields fields(map, object);
  CHECK(fields.has("text"));
  CHECK_FALSE(fields.has("other"));
  CHECK(to_hex(fields.bytes("bytes", 4)) == "00010203");
  CHECK(format_time(fields.micros("time")) == "1970-01-01T00:00:01Z");
  CHECK(to_micros(fields.micros("time")) == 1'000'000);
  CHECK(fields.map("map").at("a") == "b");
  const auto code = [](const auto& call) { return error_of(call); };
  CHECK(code([&] { fields.bytes("bytes", 5); }) == ErrorCode::corrupt);
  CHECK(code([&] { fields.bytes("text", 1); }) == ErrorCode::corrupt);
  CHECK(code([&] { fields.micros("text"); }) == ErrorCode::corrupt);
  CHECK(code([&] { fields.map("text"); }) == ErrorCode::corrupt);
  CHECK(code([&] { fields.micros("other"); }) == ErrorCode::corrupt);
}

TEST_CASE("times of records are of the years 1 to 9999, nothing wraps round") {
  const std::string object = "x";
  const auto accepted = [&object](const json& value) {
    const json map{{"t", value}};
    return !error_of([&] { Fields(map, object).micros("t"); });
  };
  CHECK(accepted(0));
  CHECK(accepted(-62135596800000000));
  CHECK_FALSE(accepted(-62135596800000001));
  CHECK(accepted(253402300799999999));
  CHECK_FALSE(accepted(253402300800000000));
  CHECK_FALSE(accepted(~std::uint64_t{0}));
  CHECK_FALSE(accepted(std::uint64_t{1} << 63));
}
