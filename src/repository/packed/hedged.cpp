#include "repository/packed/hedged.hpp"

#include <algorithm>

#include "base/digest.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kRandomSize = 32, kCounterSize = 4, kBlockSize = 32;

}  // namespace

HedgedRandom::HedgedRandom(const Secret& class_key, ByteView content, Random& random)
    : key_(hkdf_sha256(class_key.bytes(), {}, "hedge", 32)), message_(kRandomSize + kCounterSize) {
  random.fill(std::span(message_).first(kRandomSize));
  const Bytes hash = sha256(content);
  message_.insert(message_.end(), hash.begin(), hash.end());
}

void HedgedRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    for (std::size_t i = 0; i < kCounterSize; ++i) message_[kRandomSize + i] = static_cast<std::byte>(blocks_ >> (24 - 8 * i));
    ++blocks_;
    const Bytes block = hmac_sha256(key_.bytes(), message_);
    const std::size_t taken = std::min(out.size(), kBlockSize);
    std::copy_n(block.begin(), taken, out.begin());
    out = out.subspan(taken);
  }
}

}  // namespace holdfast
