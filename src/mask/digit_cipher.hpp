#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "holdfast/bytes.hpp"

struct evp_cipher_ctx_st;

namespace holdfast::masking {

/// A keyed permutation of the texts of N decimal digits, for each N: a Feistel network of ten rounds over AES-256. It
/// resembles FF1 and is not FF1. A short text has few others to become: from four digits on there are 10,000. One
/// thread.
class DigitCipher {
 public:
  DigitCipher(const Secret& key, const std::string& use);
  ~DigitCipher();
  DigitCipher(const DigitCipher&) = delete;
  DigitCipher& operator=(const DigitCipher&) = delete;

  /// Exchanges the digits of each text for others. Equal texts become equal, different texts of one length become
  /// different. Several texts at once cost less: AES works on blocks that do not depend on each other side by side.
  void permute(std::span<const std::span<char>> texts);

 private:
  struct Block;  // a piece of a text
  void add(std::span<char> digits, std::uint8_t place);
  void permute_blocks();
  void encrypt(std::span<std::byte> bytes);

  std::vector<Block> blocks_;
  Bytes inputs_;  // of one round
  evp_cipher_ctx_st* context_;
};

}  // namespace holdfast::masking
