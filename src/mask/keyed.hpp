#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/bytes.hpp"
#include "mask/recent_results.hpp"

namespace holdfast::masking {

/// HMAC-SHA256 of values, under a key of its own for each use. Remembers recent ones. One thread.
class KeyedHash {
 public:
  using Hash = std::array<std::byte, 32>;

  KeyedHash(const Secret& key, const std::string& use);
  ~KeyedHash();
  KeyedHash(const KeyedHash&) = delete;
  KeyedHash& operator=(const KeyedHash&) = delete;

  Hash of(std::string_view value);
  /// Returns those of some values, valid until the next call. They cost less than one by one: a processor begins a hash
  /// before the one before it is done, if it does not depend on it.
  std::span<const Hash> of_all(std::span<const std::string_view> values);
  /// Returns 64 bits of the hash.
  std::uint64_t number_of(std::string_view value);

 private:
  struct Begun;
  struct Short;  // a value that fits one block
  void hash_short();
  Hash hash_long(std::string_view value) const;

  std::unique_ptr<const Begun> begun_;
  RecentResults recent_;
  std::vector<Hash> hashes_;
  std::vector<Short> short_;
};

/// Returns the key for a use.
Secret key_for(const Secret& key, const std::string& use);

/// Appends `characters` of 32 letters and digits, five bits each; at most 26 have 130 bits.
void append_base32(std::string& out, const KeyedHash::Hash& hash, std::size_t characters);

}  // namespace holdfast::masking
