#pragma once

#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// Lower-case hex of the bytes.
std::string to_hex(ByteView bytes);
/// Reads lower-case hex; anything else, upper case too, throws Error{invalid_argument}: one value has one spelling.
Bytes from_hex(std::string_view text);

}  // namespace holdfast
