#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace holdfast {

/// What parse_duration reads; none where it would throw.
std::optional<std::chrono::seconds> duration_in(std::string_view text) noexcept;

}  // namespace holdfast
