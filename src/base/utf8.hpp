#pragma once

#include <string_view>

namespace holdfast {

/// Returns whether the text is UTF-8.
bool is_utf8(std::string_view text);

}  // namespace holdfast
