#pragma once

#include "holdfast/bytes.hpp"

// Bytes in the form that OpenSSL's functions expect.
namespace holdfast {

inline const unsigned char* raw(const std::byte* bytes) noexcept { return reinterpret_cast<const unsigned char*>(bytes); }
inline unsigned char* raw(std::byte* bytes) noexcept { return reinterpret_cast<unsigned char*>(bytes); }
inline const unsigned char* raw(ByteView bytes) noexcept { return raw(bytes.data()); }

}  // namespace holdfast
