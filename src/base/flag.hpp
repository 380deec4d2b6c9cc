#pragma once

#include <optional>
#include <string_view>

namespace holdfast {

/// Parses a yes-or-no option: yes, true, on and 1, or no, false, off and 0. Returns none for any other text.
std::optional<bool> flag_in(std::string_view text) noexcept;

}  // namespace holdfast
