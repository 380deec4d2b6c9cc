#include "repository/packed/cbor.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "support/cbor_json.hpp"
#include "support/streams.hpp"

using namespace holdfast;
using namespace holdfast::test;
using nlohmann::json;

namespace {

const std::string kObject = "the/object";

// A map, and the bytes that it borrows.
struct Whole {
  explicit Whole(Bytes from) : bytes(std::move(from)), map(bytes, kObject) {}
  Bytes bytes;
  CborMap map;
};

// Returns whether these bytes are refused as damage, with the object's name.
bool refused(const std::string& hex) {
  try {
    Whole{from_hex(hex)};
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

TEST_CASE("a CBOR map is read back unchanged and has another writer's bytes, at the limits of every head length") {
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{23}, std::uint64_t{24}, std::uint64_t{255}, std::uint64_t{256}, std::uint64_t{65535},
        std::uint64_t{65536}, std::uint64_t{0xffffffff}, std::uint64_t{0x100000000}, ~std::uint64_t{0}}) {
    CAPTURE(number);
    json map{{"n", number}, {"list", {1, "zwei", true, false, -1, -500, json::object()}}, {"é", "日本"}};
    if (number <= 65536) map["bytes"] = to_binary(Bytes(number, std::byte{7}));
    const Whole whole(written(map));
    CHECK(agree(whole.map, map));
    CHECK(whole.bytes == encode_cbor(map));
  }
}

TEST_CASE("CBOR is read as RFC 8949 says") {
  // {"a": 1, "b": [2, -3], "c": h'01ff', "d": "ü", "e": {}, "f": 1000000, "g": true, "h": null}
  const Whole whole(from_hex("a8616101616282022261634201ff616462c3bc6165a061661a000f42406167f56168f6"));
  const CborMap& map = whole.map;
  CHECK(map.at("a").number() == 1);
  CborList list = map.at("b").list();
  CHECK(list.left() == 2);
  CHECK(list.next().number() == 2);
  CHECK(list.next().time() == TimePoint(std::chrono::microseconds(-3)));
  CHECK(list.left() == 0);
  CHECK(to_hex(map.at("c").bytes()) == "01ff");
  CHECK(map.at("d").text() == "ü");
  CHECK(map.at("e").map().members().empty());
  CHECK(map.at("f").number() == 1000000);
  CHECK(map.has("g"));
  CHECK(map.has("h"));
  CHECK(map.members().size() == 8);
}

TEST_CASE("CBOR with more than one reading is refused") {
  CHECK_FALSE(refused("a1616101"));
  CHECK(refused(""));
  CHECK(refused("01"));                        // no map
  CHECK(refused("80"));                        // no map
  CHECK(refused("8101"));                      // no map
  CHECK(refused("81a1616101"));                // no map, though one is in it
  CHECK(refused("f93c00"));                    // no map
  CHECK(refused("a161610100"));                // bytes after the map
  CHECK(refused("a1616101a0"));                // a map after the map
  CHECK(refused("a2616101616102"));            // a name twice
  CHECK(refused("a3616101616201616102"));      // a name twice, not in a row
  CHECK(refused("a16161a2616101616102"));      // a name twice, further in
  CHECK_FALSE(refused("a2616201616101"));      // names out of order: we do not write that, but it has only one reading
  CHECK(refused("a10101"));                    // a key that is no text
  CHECK(refused("a161611801"));                // not the shortest
  CHECK(refused("a16161190001"));              // not the shortest
  CHECK(refused("a161611b00000000ffffffff"));  // not the shortest
  CHECK(refused("a1616161ff"));                // not UTF-8
  CHECK(refused("a161ff01"));                  // a key that is not UTF-8
  CHECK(refused("a16161c001"));                // a tag
  CHECK(refused("a16161f93c00"));              // a float
  CHECK(refused("a16161fa3f000000"));          // a float
  CHECK(refused("a16161fb3ff0000000000000"));  // a float
  CHECK(refused("a16161f7"));                  // undefined
  CHECK(refused("a16161f814"));                // false, written long
  CHECK(refused("bf616101ff"));                // indefinite
  CHECK(refused("a161617f6161ff"));            // indefinite
  CHECK(refused("a161615f4101ff"));            // indefinite
  CHECK(refused("a161619f01ff"));              // indefinite
  CHECK(refused("a16161bf616101ff"));          // indefinite
  CHECK(refused("a16161ff"));                  // an end without a beginning
  CHECK(refused("a161611c"));                  // reserved
  CHECK(refused("a161613bffffffffffffffff"));  // -2^64
}

TEST_CASE("CBOR that is cut at any byte is refused") {
  const Bytes whole = encode_cbor({{"n", 70000}, {"t", "text"}, {"l", {1, 2, {{"b", to_binary(Bytes(30))}}}}});
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(refused(to_hex(ByteView(whole).first(size))));
}

TEST_CASE("hostile CBOR exhausts neither stack nor memory") {
  CHECK_FALSE(refused("a16161" + repeated("81", 63) + "00"));
  CHECK(refused("a16161" + repeated("81", 64) + "00"));
  CHECK_FALSE(refused(repeated("a16161", 64) + "00"));
  CHECK(refused(repeated("a16161", 65) + "00"));
  CHECK(refused(repeated("81", 2'000'000)));
  CHECK(refused("a16161" + repeated("7f", 2'000'000)));
  CHECK(refused("a16161" + repeated("5f", 2'000'000)));
  CHECK(refused("a161619bffffffffffffffff"));
  CHECK(refused("a161615bffffffffffffffff"));
  CHECK(refused("bbffffffffffffffff"));
}

TEST_CASE("random damage to CBOR causes only errors") {
  const Bytes whole = encode_cbor({{"n", 70000}, {"t", "text"}, {"l", {1, -2, {{"b", to_binary(Bytes(30))}}}}});
  const std::uint64_t seed = 20261120;
  CAPTURE(seed);
  Rng rng(seed);
  for (int round = 0; round < 20000; ++round) {
    Bytes damaged = whole;
    for (std::uint64_t count = 1 + rng() % 4; count > 0; --count) damaged[rng() % damaged.size()] = static_cast<std::byte>(rng());
    const auto code = code_thrown([&] { Whole{damaged}; });
    if (code) REQUIRE(*code == ErrorCode::corrupt);
  }
}

TEST_CASE("a value that could not be read back is not written") {
  CHECK(code_thrown([] { written({{"t", "\xff"}}); }) == ErrorCode::invalid_argument);
  CHECK(code_thrown([] { written({{"\xc3", 1}}); }) == ErrorCode::invalid_argument);
}

TEST_CASE("a record that is not one complete map with ordered members is a bug, and is not written") {
  const auto refuses = [](const std::function<void(CborWriter&)>& write) {
    return code_thrown([&] {
             CborWriter out;
             write(out);
             std::move(out).finish();
           }) == ErrorCode::internal;
  };
  CHECK_FALSE(refuses([](CborWriter& out) { out.map(2).key("a").number(1).key("b").list(1).map(0); }));
  CHECK(refuses([](CborWriter&) {}));
  CHECK(refuses([](CborWriter& out) { out.number(1); }));
  CHECK(refuses([](CborWriter& out) { out.list(0); }));
  CHECK(refuses([](CborWriter& out) { out.list(1).number(1); }));
  CHECK(refuses([](CborWriter& out) { out.map(0).map(0); }));
  CHECK(refuses([](CborWriter& out) { out.map(1); }));
  CHECK(refuses([](CborWriter& out) { out.map(1).key("a"); }));
  CHECK(refuses([](CborWriter& out) { out.map(1).number(1); }));
  CHECK(refuses([](CborWriter& out) { out.map(1).key("a").key("b"); }));
  CHECK(refuses([](CborWriter& out) { out.map(1).key("a").number(1).key("b").number(1); }));
  CHECK(refuses([](CborWriter& out) { out.map(1).key("a").list(2).number(1).key("b"); }));
  CHECK(refuses([](CborWriter& out) { out.map(2).key("b").number(1).key("a").number(1); }));
  CHECK(refuses([](CborWriter& out) { out.map(2).key("a").number(1).key("a").number(1); }));
}

TEST_CASE("members of a record with a wrong type or value are damage") {
  const json members{{"bytes", to_binary(from_hex("00010203"))}, {"time", 1'000'000}, {"map", {{"a", "b"}}}, {"text", "x"}, {"list", {1}}};
  const Whole whole(written(members));
  const CborMap& map = whole.map;
  CHECK(map.has("text"));
  CHECK_FALSE(map.has("other"));
  CHECK(to_hex(map.at("bytes").bytes(4)) == "00010203");
  CHECK(format_time(map.at("time").time()) == "1970-01-01T00:00:01Z");
  CHECK(map.at("map").map().at("a").text() == "b");
  CHECK(map.at("map").notes() == Notes{{"a", "b"}});
  const auto is_damage = [](const std::function<void()>& call) { return code_thrown(call) == ErrorCode::corrupt; };
  CHECK(is_damage([&] { map.at("bytes").bytes(5); }));
  CHECK(is_damage([&] { map.at("other"); }));
  for (const auto& [name, value] : members.items()) {
    CAPTURE(name);
    const CborItem item = map.at(name);
    CHECK(is_damage([&] { item.bytes(); }) == (name != "bytes"));
    CHECK(is_damage([&] { item.number(); }) == (name != "time"));
    CHECK(is_damage([&] { item.time(); }) == (name != "time"));
    CHECK(is_damage([&] { item.text(); }) == (name != "text"));
    CHECK(is_damage([&] { item.map(); }) == (name != "map"));
    CHECK(is_damage([&] { item.notes(); }) == (name != "map"));
    CHECK(is_damage([&] { item.list(); }) == (name != "list"));
  }
  CHECK(is_damage([] { Whole(written({{"a", {{"b", 1}}}})).map.at("a").notes(); }));
}

TEST_CASE("times of records are in the years 1 to 9999, and nothing overflows") {
  const auto accepted = [](const json& value) { return !code_thrown([&] { Whole(written({{"t", value}})).map.at("t").time(); }); };
  CHECK(accepted(0));
  CHECK(accepted(-62135596800000000));
  CHECK_FALSE(accepted(-62135596800000001));
  CHECK(accepted(253402300799999999));
  CHECK_FALSE(accepted(253402300800000000));
  CHECK_FALSE(accepted(std::numeric_limits<std::int64_t>::min()));
  CHECK_FALSE(accepted(~std::uint64_t{0}));
  CHECK_FALSE(accepted(std::uint64_t{1} << 63));
}
