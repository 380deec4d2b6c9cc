#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace holdfast {

/// Like parse_duration, but returns none where that throws.
std::optional<std::chrono::seconds> duration_in(std::string_view text) noexcept;

}  // namespace holdfast
