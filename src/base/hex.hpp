#pragma once

#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// Returns the bytes as lower-case hex.
std::string to_hex(ByteView bytes);
/// Decodes lower-case hex. Throws Error{invalid_argument} for anything else, including upper case, so that each value
/// has one spelling.
Bytes from_hex(std::string_view text);
/// Decodes into existing memory, half as many bytes. Returns false instead of throwing; then the content of `out` is
/// undefined.
bool read_hex(std::string_view text, std::byte* out) noexcept;

}  // namespace holdfast
