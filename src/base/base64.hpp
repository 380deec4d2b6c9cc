#pragma once

#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// RFC 4648 base64, padded, in one line.
std::string to_base64(ByteView bytes);
/// Base64 with the alphabet for URLs and file names, without padding, as in JSON web tokens.
std::string to_base64url(ByteView bytes);
/// The same with padding, as in Fernet tokens.
std::string to_base64url_padded(ByteView bytes);
/// Decodes padded base64. Throws Error{invalid_argument} for anything else, including white space and extra bits in the
/// padding, so that each value has one spelling.
Bytes from_base64(std::string_view text);
/// Decodes either form for URLs, with the same checks.
Bytes from_base64url(std::string_view text);

}  // namespace holdfast
