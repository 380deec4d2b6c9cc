#include "mask/keyed.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "holdfast/error.hpp"

using namespace holdfast;
using namespace holdfast::masking;

namespace {

const Secret kHashKey(std::string_view("0123456789abcdef0123456789abcdef"));

}  // namespace

TEST_CASE("keyed hash: is HMAC-SHA256 of any value, looked at for the first time or again") {
  const Secret key = hkdf_sha256(kHashKey.bytes(), {}, "holdfast/mask/v1/test", 32);
  KeyedHash hash(kHashKey, "test");
  for (int time = 0; time < 2; ++time) {
    for (std::size_t size = 0; size < 300; ++size) {
      const std::string value(size, static_cast<char>('a' + size % 26));
      CHECK(ByteView(hash.of(value)).size() == 32);
      CHECK(std::ranges::equal(hash.of(value), hmac_sha256(key.bytes(), as_bytes(value))));
    }
  }
}

TEST_CASE("keyed hash: of many values is that of each, however long they are and however often they come") {
  KeyedHash many(kHashKey, "test");
  std::vector<std::string> texts;
  for (std::size_t at = 0; at < 500; ++at) texts.emplace_back(at * 7 % 130, static_cast<char>('a' + at % 7));
  for (const std::size_t count : {500, 1, 63, 64, 65, 0, 200}) {
    const std::vector<std::string_view> values(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(count));
    const std::span<const KeyedHash::Hash> hashes = many.of_all(values);
    REQUIRE(hashes.size() == count);
    KeyedHash alone(kHashKey, "test");
    for (std::size_t at = 0; at < count; ++at) CHECK(hashes[at] == alone.of(values[at]));
  }
}

TEST_CASE("recent results: a value has its own result only, however many there are") {
  RecentResults recent;
  for (int value = 0; value < 100'000; ++value) {
    const std::string text = std::to_string(value % 300);
    if (const auto known = recent.find(text)) {
      REQUIRE(*known == "<" + text + ">");
    } else {
      recent.put(text, "<" + text + ">");
    }
  }
}

TEST_CASE("recent results: a value that is too long for its place is not remembered") {
  RecentResults recent;
  const std::string longest(92, 'x'), too_long(93, 'x');
  recent.put(longest, "");
  recent.put(longest, "more than there is room for");
  recent.put(too_long, "y");
  CHECK(recent.find(longest).value_or("gone").empty());
  CHECK_FALSE(recent.find(too_long).has_value());
}

TEST_CASE("recent results: values that never repeat are not remembered for ever") {
  RecentResults recent;
  for (int value = 0; value < 20'000; ++value) {
    const std::string text = std::to_string(value);
    CHECK_FALSE(recent.find(text).has_value());
    recent.put(text, "y");
  }
  recent.put("again", "y");
  CHECK_FALSE(recent.find("again").has_value());
}
