#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// Returns whether the text is UTF-8.
bool is_utf8(std::string_view text);
/// Returns the text with bytes that are not UTF-8 replaced by U+FFFD, at most `limit` bytes of it.
std::string to_utf8(std::string_view text, std::size_t limit = std::string::npos);

}  // namespace holdfast
