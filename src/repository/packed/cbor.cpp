#include "repository/packed/cbor.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

using nlohmann::json;

constexpr int kMaxDepth = 64;

// The JSON library's own decoder follows chunks of indefinite length and nesting as deep as the bytes ask for, until the stack ends.
class Decoder {
 public:
  Decoder(ByteView content, const std::string& object) : rest_(content), object_(object) {}

  json whole() {
    json map = value(1);
    if (!map.is_object()) fail("is not a CBOR map");
    if (!rest_.empty()) fail("holds bytes behind its CBOR map");
    return map;
  }

 private:
  // What begins every item: its type, and a number, which is a value, a length or a count.
  struct Head {
    unsigned type;
    std::uint64_t number;
  };

  [[noreturn]] void fail(const char* why) const { throw Error(ErrorCode::corrupt, object_ + ": " + why); }

  ByteView take(std::uint64_t count) {
    if (count > rest_.size()) fail("is cut short: its CBOR ends inside an item");
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  Head head() {
    const unsigned first = std::to_integer<unsigned>(take(1)[0]);
    const unsigned type = first >> 5, low = first & 31;
    if (low < 24) return {type, low};
    if (low > 27) fail("holds CBOR of indefinite length");
    const unsigned size = 1U << (low - 24);
    std::uint64_t number = 0;
    for (const std::byte byte : take(size)) number = number << 8 | std::to_integer<std::uint64_t>(byte);
    const std::uint64_t least = size == 1 ? 24 : std::uint64_t{1} << (4 * size);
    if (number < least) fail("holds CBOR that is not in its shortest form");
    return {type, number};
  }

  json value(int depth) {
    const Head item = head();
    switch (item.type) {
      case 0: return item.number;
      case 1: return negative(item.number);
      case 2: return to_binary(take(item.number));
      case 3: return text(item.number);
      case 4: return array(item.number, depth);
      case 5: return map(item.number, depth);
      case 7: return simple(item.number);
      default: fail("holds a CBOR tag");
    }
  }

  json negative(std::uint64_t number) const {
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) fail("holds a number out of range");
    return -1 - static_cast<std::int64_t>(number);
  }

  json simple(std::uint64_t number) const {
    if (number == 20 || number == 21) return number == 21;
    if (number != 22) fail("holds a CBOR value of a type that is not used");
    return nullptr;
  }

  std::string text(std::uint64_t size) {
    std::string result(as_text(take(size)));
    if (!is_utf8(result)) fail("holds text that is not UTF-8");
    return result;
  }

  json array(std::uint64_t count, int depth) {
    check_depth(depth);
    json::array_t items;
    for (; count > 0; --count) items.push_back(value(depth + 1));  // a count that lies ends where the bytes do
    return items;
  }

  json map(std::uint64_t count, int depth) {
    check_depth(depth);
    json::object_t members;
    for (; count > 0; --count) {
      const Head key = head();
      if (key.type != 3) fail("holds a CBOR map whose key is not a text");
      std::string name = text(key.number);
      if (!members.emplace(std::move(name), value(depth + 1)).second) fail("holds a CBOR map that names a member twice");
    }
    return members;
  }

  void check_depth(int depth) const {
    if (depth > kMaxDepth) fail("holds CBOR that is nested too deeply");
  }

  ByteView rest_;
  const std::string& object_;
};

}  // namespace

Bytes encode_cbor(const json& map) {
  const std::vector<std::uint8_t> encoded = json::to_cbor(map);
  const ByteView bytes = std::as_bytes(std::span(encoded));
  try {
    decode_cbor(bytes, "a record");
  } catch (const Error& error) {
    throw Error(ErrorCode::invalid_argument, error.message() + ", so it can't be written");
  }
  return {bytes.begin(), bytes.end()};
}

json decode_cbor(ByteView content, const std::string& object) { return Decoder(content, object).whole(); }

json to_binary(ByteView bytes) {
  std::vector<std::uint8_t> copy(bytes.size());
  std::copy(bytes.begin(), bytes.end(), std::as_writable_bytes(std::span(copy)).begin());
  return json(json::binary_t(std::move(copy)));  // json::binary() leaves half a value when memory runs out, and then drops that
}

}  // namespace holdfast
