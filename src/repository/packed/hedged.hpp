#pragma once

#include <cstdint>

#include "holdfast/context.hpp"

namespace holdfast {

/// Random bytes for the salt of one stream: derived from 32 bytes of `random`, a secret, and the data to encrypt. Even
/// if `random` repeats itself, two contents get different salts, so no key and nonce encrypt both. One thread.
class HedgedRandom final : public Random {
 public:
  HedgedRandom(const Secret& class_key, ByteView content, Random& random);
  void fill(std::span<std::byte> out) override;

 private:
  Secret key_;
  Bytes message_;  // random bytes, number of the next block, hash of the content
  std::uint32_t blocks_ = 0;
};

}  // namespace holdfast
