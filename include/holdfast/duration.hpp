#pragma once

#include <chrono>
#include <string_view>

namespace holdfast {

/// Reads "90s", "15m", "12h", "7d", "2w" or a sum of them, "1d12h"; at most 1000 years. Throws Error{invalid_argument}.
std::chrono::seconds parse_duration(std::string_view text);

}  // namespace holdfast
