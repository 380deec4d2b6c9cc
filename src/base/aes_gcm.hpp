#pragma once

#include <cstddef>

#include "holdfast/bytes.hpp"

namespace holdfast {

constexpr std::size_t kGcmTagSize = 16;

/// AES-256-GCM with twelve zero bytes as nonce: for a key (32 bytes) that seals one message and no other.
/// Writes plain.size() bytes and the tag to `out`, which may be where `plain` lies, but not overlap it otherwise.
void gcm_seal_once(const Secret& key, ByteView associated_data, ByteView plain, std::byte* out);

/// The way back: writes sealed.size() - 16 bytes to `out`. False if the bytes are not what was sealed; then `out` holds nothing of use.
bool gcm_open_once(const Secret& key, ByteView associated_data, ByteView sealed, std::byte* out);

}  // namespace holdfast
