#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// Returns "7d", "1d12h", "1m30s".
std::string format_duration(std::chrono::seconds duration);

/// Like parse_duration, but returns none where that throws.
std::optional<std::chrono::seconds> duration_in(std::string_view text) noexcept;

}  // namespace holdfast
