#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// Returns text of unknown origin for HTML, in elements and in quoted attributes. Control characters, and characters
/// that turn the direction of writing, become U+FFFD: no name can look like something else.
std::string escape_html(std::string_view text);

}  // namespace holdfast
