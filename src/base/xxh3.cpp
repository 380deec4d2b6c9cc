#include "base/xxh3.hpp"

#include <xxhash.h>

#include <new>

namespace holdfast {

void Xxh3::Free::operator()(XXH3_state_s* state) const noexcept { XXH3_freeState(state); }

Xxh3::Xxh3() : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH3_128bits_reset(state_.get());
}

void Xxh3::update(ByteView bytes) { XXH3_128bits_update(state_.get(), bytes.data(), bytes.size()); }

Bytes Xxh3::finish() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_.get()));
  const auto bytes = std::as_bytes(std::span(canonical.digest));
  return {bytes.begin(), bytes.end()};
}

}  // namespace holdfast
