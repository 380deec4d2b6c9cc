#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/bytes.hpp"
#include "holdfast/clock.hpp"
#include "holdfast/manifest.hpp"

// The CBOR of records (docs/format-packed.md, "Sealed objects"), converted directly between bytes and the caller's
// types.
namespace holdfast {

/// Writes one record, which is a map. The same values produce the same bytes: heads are as short as possible, and
/// members are in ascending order of their names, byte by byte. A call that violates this order or a promised count
/// throws Error{internal}.
class CborWriter {
 public:
  /// Begins a map. The caller adds `members` times a key() and a value.
  CborWriter& map(std::uint64_t members);
  /// Begins a list. The caller adds `items` values.
  CborWriter& list(std::uint64_t items);
  CborWriter& key(std::string_view name);  ///< throws Error{invalid_argument} unless it is UTF-8

  CborWriter& number(std::uint64_t value);
  CborWriter& integer(std::int64_t value);
  CborWriter& time(TimePoint value) { return integer(value.time_since_epoch().count()); }
  CborWriter& bytes(ByteView value);
  CborWriter& text(std::string_view value);  ///< throws Error{invalid_argument} unless it is UTF-8
  CborWriter& flag(bool value);
  CborWriter& notes(const Notes& value);

  /// Returns the whole record.
  Bytes finish() &&;

 private:
  struct Open {
    std::uint64_t left;  // values to come
    bool is_map, has_key = false;
    std::optional<std::string> last_key;
  };

  void begin_value(unsigned type);
  CborWriter& end_value();
  CborWriter& put(unsigned type, std::uint64_t number);
  CborWriter& begin(unsigned type, std::uint64_t count);
  void put_head(unsigned type, std::uint64_t number);
  void put_text(std::string_view text);

  Bytes bytes_;
  std::vector<Open> open_;  // outermost first
};

class CborList;
class CborMap;

/// One value of a record, read in place. Throws Error{corrupt} that names the stored object if the value is not of the
/// requested kind. Borrows everything that it is constructed from.
class CborItem {
 public:
  /// `item` was checked. `role` and `name` identify it in messages: "member", "sources".
  CborItem(ByteView item, const char* role, std::string_view name, const std::string& object)
      : item_(item), role_(role), name_(name), object_(object) {}

  std::uint64_t number() const;
  TimePoint time() const;  ///< in the years 1 to 9999
  std::string text() const;
  ByteView bytes() const;
  ByteView bytes(std::size_t size) const;  ///< of exactly this size
  Notes notes() const;
  CborMap map() const;
  CborList list() const;

 private:
  ByteView string(unsigned type, const char* what) const;
  [[noreturn]] void fail(const std::string& what) const;

  ByteView item_;
  const char* role_;
  std::string_view name_;
  const std::string& object_;
};

/// Iterates over the items of a list.
class CborList {
 public:
  std::uint64_t left() const noexcept { return left_; }
  CborItem next();  ///< only while left() > 0

 private:
  friend class CborItem;
  CborList(ByteView rest, std::uint64_t left, std::string_view name, const std::string& object)
      : rest_(rest), left_(left), name_(name), object_(object) {}

  ByteView rest_;
  std::uint64_t left_;
  std::string_view name_;
  const std::string& object_;
};

/// A map whose members are read in place. Borrows both arguments.
class CborMap {
 public:
  /// Checks `content`, which must be exactly one map, to its end. Strict, and safe for hostile bytes: throws
  /// Error{corrupt} that names `object` for anything else.
  CborMap(ByteView content, const std::string& object);
  CborMap(ByteView content, std::string&& object) = delete;  // a temporary would be destroyed too early

  bool has(std::string_view key) const { return members_.contains(key); }
  CborItem at(std::string_view key) const;  ///< throws Error{corrupt} if it is missing
  const std::map<std::string_view, ByteView>& members() const noexcept { return members_; }
  [[noreturn]] void fail(const std::string& why) const;

 private:
  std::map<std::string_view, ByteView> members_;
  const std::string& object_;
};

}  // namespace holdfast
