#pragma once

#include <cstdint>

#include "holdfast/context.hpp"

namespace holdfast {

/// Random bytes for the salt of one stream: made from 32 bytes of `random`, a secret, and what is to be encrypted. Where `random` stands
/// still, two contents still get different salts, so no key and nonce serve two of them. For one thread.
class HedgedRandom final : public Random {
 public:
  HedgedRandom(const Secret& class_key, ByteView content, Random& random);
  void fill(std::span<std::byte> out) override;

 private:
  Secret key_;
  Bytes message_;  // the random bytes, the number of the next block, the hash of the content
  std::uint32_t blocks_ = 0;
};

}  // namespace holdfast
