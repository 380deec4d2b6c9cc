#pragma once

#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// RFC 4648 base64, padded, in one line.
std::string to_base64(ByteView bytes);
/// The alphabet for URLs and file names, without padding: as JSON web tokens have it.
std::string to_base64url(ByteView bytes);
/// Reads padded base64; anything else, white space and further bits in the padding too, throws Error{invalid_argument}: one value has one
/// spelling.
Bytes from_base64(std::string_view text);

}  // namespace holdfast
