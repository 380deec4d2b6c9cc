#include "repository/packed/cbor.hpp"

#include <limits>
#include <utility>

#include "base/big_endian.hpp"
#include "base/utf8.hpp"
#include "holdfast/error.hpp"
#include "repository/document.hpp"

namespace holdfast {

namespace {

constexpr unsigned kNumber = 0, kNegative = 1, kBytes = 2, kText = 3, kList = 4, kMap = 5, kSimple = 7;
constexpr unsigned kFalse = 20, kTrue = 21, kNull = 22;
constexpr int kMaxDepth = 64;
constexpr std::uint64_t kMaxSigned = std::numeric_limits<std::int64_t>::max();

using Members = std::map<std::string_view, ByteView>;

[[noreturn]] void refuse(const std::string& object, const std::string& why) { throw Error(ErrorCode::corrupt, object + ": " + why); }

[[noreturn]] void misused(const char* what) {
  throw Error(ErrorCode::internal, std::string("a record is not written as it must be: ") + what);
}

// Walks over items and checks every rule of the format.
class Scanner {
 public:
  Scanner(ByteView rest, const std::string& object) : rest_(rest), object_(object) {}

  // The beginning of each item: its type, and a number, which is a value, a length or a count.
  struct Head {
    unsigned type;
    std::uint64_t number;
  };

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

  ByteView take(std::uint64_t count) {
    if (count > rest_.size()) fail("is cut short: its CBOR ends inside an item");
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  // Returns the bytes of the next item.
  ByteView item(int depth) {
    const ByteView begin = rest_;
    pass(depth);
    return begin.first(begin.size() - rest_.size());
  }

  Members members(std::uint64_t count, int depth) {
    check_depth(depth);
    Members members;
    for (; count > 0; --count) {  // a false count ends at the end of the bytes
      const Head key = head();
      if (key.type != kText) fail("holds a CBOR map whose key is not a text");
      const std::string_view name = text(key.number);
      const ByteView value = item(depth + 1);
      if (const std::size_t before = members.size(); members.emplace_hint(members.end(), name, value), members.size() == before) {
        fail("holds a CBOR map that names a member twice");
      }
    }
    return members;
  }

  ByteView rest() const noexcept { return rest_; }
  [[noreturn]] void fail(const char* why) const { refuse(object_, why); }

 private:
  void pass(int depth) {
    const Head item = head();
    switch (item.type) {
      case kNumber: return;
      case kNegative: return check_negative(item.number);
      case kBytes: take(item.number); return;
      case kText: text(item.number); return;
      case kList: return pass_items(item.number, depth);
      case kMap: members(item.number, depth); return;
      case kSimple: return check_simple(item.number);
      default: fail("holds a CBOR tag");
    }
  }

  void check_negative(std::uint64_t number) const {
    if (number > kMaxSigned) fail("holds a number out of range");
  }

  void check_simple(std::uint64_t number) const {
    if (number != kFalse && number != kTrue && number != kNull) fail("holds a CBOR value of a type that is not used");
  }

  std::string_view text(std::uint64_t size) {
    const std::string_view text = as_text(take(size));
    if (!is_utf8(text)) fail("holds text that is not UTF-8");
    return text;
  }

  void pass_items(std::uint64_t count, int depth) {
    check_depth(depth);
    for (; count > 0; --count) pass(depth + 1);
  }

  void check_depth(int depth) const {
    if (depth > kMaxDepth) fail("holds CBOR that is nested too deeply");
  }

  ByteView rest_;
  const std::string& object_;
};

Members whole_map(ByteView content, const std::string& object) {
  Scanner scanner(content, object);
  const Scanner::Head head = scanner.head();
  if (head.type != kMap) scanner.fail("is not a CBOR map");
  Members members = scanner.members(head.number, 1);
  if (!scanner.rest().empty()) scanner.fail("holds bytes after its CBOR map");
  return members;
}

}  // namespace

void CborWriter::put_head(unsigned type, std::uint64_t number) {
  const auto put_first = [&](unsigned low) { bytes_.push_back(static_cast<std::byte>(type << 5 | low)); };
  if (number < 24) {
    put_first(static_cast<unsigned>(number));
  } else if (number <= 0xff) {
    put_first(24);
    append_number(bytes_, static_cast<std::uint8_t>(number));
  } else if (number <= 0xffff) {
    put_first(25);
    append_number(bytes_, static_cast<std::uint16_t>(number));
  } else if (number <= 0xffffffff) {
    put_first(26);
    append_number(bytes_, static_cast<std::uint32_t>(number));
  } else {
    put_first(27);
    append_number(bytes_, number);
  }
}

void CborWriter::put_text(std::string_view text) {
  check_utf8(text, "a text of a record");
  put_head(kText, text.size());
  const ByteView bytes = as_bytes(text);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void CborWriter::begin_value(unsigned type) {
  if (open_.empty() && (type != kMap || !bytes_.empty())) misused("it is one map");
  if (open_.empty()) return;
  Open& in = open_.back();
  if (in.is_map && !std::exchange(in.has_key, false)) misused("a member has no name");
  --in.left;
}

// Also ends the lists and maps whose last value this is.
CborWriter& CborWriter::end_value() {
  while (!open_.empty() && open_.back().left == 0) open_.pop_back();
  return *this;
}

CborWriter& CborWriter::put(unsigned type, std::uint64_t number) {
  begin_value(type);
  put_head(type, number);
  return end_value();
}

CborWriter& CborWriter::begin(unsigned type, std::uint64_t count) {
  begin_value(type);
  put_head(type, count);
  open_.push_back({.left = count, .is_map = type == kMap, .last_key = {}});
  return end_value();
}

CborWriter& CborWriter::map(std::uint64_t members) { return begin(kMap, members); }
CborWriter& CborWriter::list(std::uint64_t items) { return begin(kList, items); }

CborWriter& CborWriter::key(std::string_view name) {
  if (open_.empty() || !open_.back().is_map || open_.back().has_key) misused("a name is in place of a value");
  Open& in = open_.back();
  if (in.last_key && *in.last_key >= name) misused("its members are out of order");
  put_text(name);
  in.last_key = name;
  in.has_key = true;
  return *this;
}

CborWriter& CborWriter::number(std::uint64_t value) { return put(kNumber, value); }

CborWriter& CborWriter::integer(std::int64_t value) {
  return value >= 0 ? put(kNumber, static_cast<std::uint64_t>(value)) : put(kNegative, static_cast<std::uint64_t>(-1 - value));
}

CborWriter& CborWriter::flag(bool value) { return put(kSimple, value ? kTrue : kFalse); }

CborWriter& CborWriter::bytes(ByteView value) {
  begin_value(kBytes);
  put_head(kBytes, value.size());
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  return end_value();
}

CborWriter& CborWriter::text(std::string_view value) {
  begin_value(kText);
  put_text(value);
  return end_value();
}

CborWriter& CborWriter::notes(const Notes& value) {
  map(value.size());
  for (const auto& [name, text] : value) key(name).text(text);
  return *this;
}

Bytes CborWriter::finish() && {
  if (bytes_.empty() || !open_.empty()) misused("it is not whole");
  return std::move(bytes_);
}

void CborItem::fail(const std::string& what) const { refuse(object_, std::string(role_) + " '" + std::string(name_) + "' is not " + what); }

std::uint64_t CborItem::number() const {
  const Scanner::Head head = Scanner(item_, object_).head();
  if (head.type != kNumber) fail("a whole number");
  return head.number;
}

TimePoint CborItem::time() const {
  constexpr TimePoint kFirst = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
  constexpr TimePoint kEnd = std::chrono::sys_days(std::chrono::year(10000) / 1 / 1);
  const Scanner::Head head = Scanner(item_, object_).head();
  if (head.type > kNegative || head.number > kMaxSigned) fail("a time");  // more than 63 bits would overflow
  const auto number = static_cast<std::int64_t>(head.number);
  const TimePoint time(std::chrono::microseconds(head.type == kNumber ? number : -1 - number));
  if (time < kFirst || time >= kEnd) fail("a time");
  return time;
}

ByteView CborItem::string(unsigned type, const char* what) const {
  Scanner scanner(item_, object_);
  const Scanner::Head head = scanner.head();
  if (head.type != type) fail(what);
  return scanner.take(head.number);
}

std::string CborItem::text() const { return std::string(as_text(string(kText, "a text"))); }

ByteView CborItem::bytes() const { return string(kBytes, "a byte string"); }

ByteView CborItem::bytes(std::size_t size) const {
  const ByteView value = bytes();
  if (value.size() != size) fail("a string of " + std::to_string(size) + " bytes");
  return value;
}

Notes CborItem::notes() const {
  Notes notes;
  const CborMap texts = map();
  for (const auto& [name, text] : texts.members()) {
    notes.emplace_hint(notes.end(), name, CborItem(text, "an item of", name_, object_).text());
  }
  return notes;
}

CborMap CborItem::map() const {
  if (Scanner(item_, object_).head().type != kMap) fail("a map");
  return {item_, object_};
}

CborList CborItem::list() const {
  Scanner scanner(item_, object_);
  const Scanner::Head head = scanner.head();
  if (head.type != kList) fail("a list");
  return {scanner.rest(), head.number, name_, object_};
}

CborItem CborList::next() {
  Scanner scanner(rest_, object_);
  const ByteView item = scanner.item(1);
  rest_ = scanner.rest();
  --left_;
  return {item, "an item of", name_, object_};
}

CborMap::CborMap(ByteView content, const std::string& object) : members_(whole_map(content, object)), object_(object) {}

CborItem CborMap::at(std::string_view key) const {
  const auto found = members_.find(key);
  if (found == members_.end()) fail("has no member '" + std::string(key) + "'");
  return {found->second, "member", found->first, object_};
}

void CborMap::fail(const std::string& why) const { refuse(object_, why); }

}  // namespace holdfast
