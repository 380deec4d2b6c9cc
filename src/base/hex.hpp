#pragma once

#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// Lower-case hex of the bytes.
std::string to_hex(ByteView bytes);
/// Reads lower-case hex; anything else, upper case too, throws Error{invalid_argument}: one value has one spelling.
Bytes from_hex(std::string_view text);
/// The same into memory that is there, half as many bytes; false instead of throwing, whatever was written.
bool read_hex(std::string_view text, std::byte* out) noexcept;

}  // namespace holdfast
