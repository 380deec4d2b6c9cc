#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace holdfast {

/// Returns UTF-8 in which nothing acts on what shows it: control characters, and those that turn the direction of
/// writing, become blanks; bytes that are not UTF-8 become U+FFFD. Keeps line feeds.
std::string plain_text(std::string_view text);
/// The same, with a blank for each line feed.
std::string plain_line(std::string_view text);
/// Returns at most `most` bytes of UTF-8: the whole text, or its beginning and "…". `most` is 3 at least.
std::string shortened(std::string_view text, std::size_t most);

}  // namespace holdfast
