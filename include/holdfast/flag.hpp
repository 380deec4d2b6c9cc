#pragma once

#include <string_view>

namespace holdfast {

/// Reads the value of a yes-or-no option: yes, true, on and 1, or no, false, off and 0. Every storage and driver uses
/// it. Throws Error{invalid_argument} that names the option.
bool parse_flag(std::string_view option, std::string_view text);

}  // namespace holdfast
