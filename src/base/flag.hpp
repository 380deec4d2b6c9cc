#pragma once

#include <optional>
#include <string_view>

namespace holdfast {

/// What a text says of a yes-or-no option: yes, true, on and 1, or no, false, off and 0. None if it is none of these.
std::optional<bool> flag_in(std::string_view text) noexcept;

}  // namespace holdfast
