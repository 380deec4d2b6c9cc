#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"
#include "mask/recent_results.hpp"

struct evp_cipher_ctx_st;

namespace holdfast::masking {

/// HMAC-SHA256 of values, under a key of its own for each use. Remembers recent ones. One thread.
class KeyedHash {
 public:
  KeyedHash(const Secret& key, const std::string& use);
  ~KeyedHash();
  KeyedHash(const KeyedHash&) = delete;
  KeyedHash& operator=(const KeyedHash&) = delete;

  std::array<std::byte, 32> of(std::string_view value);
  /// Returns 64 bits of the hash.
  std::uint64_t number_of(std::string_view value);

 private:
  struct Begun;
  std::unique_ptr<const Begun> begun_;
  RecentResults recent_;
};

/// A keyed permutation of the texts of N decimal digits, for each N: a Feistel network of ten rounds over AES-256. It
/// resembles FF1 and is not FF1. A short text has few others to become: from four digits on there are 10,000. One
/// thread.
class DigitCipher {
 public:
  DigitCipher(const Secret& key, const std::string& use);
  ~DigitCipher();
  DigitCipher(const DigitCipher&) = delete;
  DigitCipher& operator=(const DigitCipher&) = delete;

  /// Exchanges the digits for others. Equal texts become equal, different texts of one length become different.
  void permute(std::span<char> digits);

 private:
  void permute_block(std::span<char> digits, std::uint8_t block);
  std::uint64_t round(std::uint8_t number, std::uint8_t size, std::uint8_t block, std::uint64_t half, std::uint64_t below);

  evp_cipher_ctx_st* context_;
};

/// Appends `characters` of 32 letters and digits, five bits each; at most 26 have 130 bits.
void append_base32(std::string& out, const std::array<std::byte, 32>& hash, std::size_t characters);

}  // namespace holdfast::masking
