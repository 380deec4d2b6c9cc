#pragma once

#include <cstddef>

#include "holdfast/bytes.hpp"

namespace holdfast {

constexpr std::size_t kGcmTagSize = 16;

/// Seals with AES-256-GCM and twelve zero bytes as nonce. `key` (32 bytes) must seal this message and no other. Writes
/// plain.size() bytes and the tag to `out`, which may begin at `plain` but must not overlap it otherwise.
void gcm_seal_once(const Secret& key, ByteView associated_data, ByteView plain, std::byte* out);

/// The inverse: writes sealed.size() - 16 bytes to `out`. Returns false if the bytes are not what was sealed; then the
/// content of `out` is useless.
bool gcm_open_once(const Secret& key, ByteView associated_data, ByteView sealed, std::byte* out);

}  // namespace holdfast
