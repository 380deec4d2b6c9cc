#pragma once

#include <vector>

#include "guard.hpp"
#include "holdfast/option.hpp"

namespace holdfast::capi {

/// Returns the options that a host's driver declares in the array `options`. Throws Error{invalid_argument} for an
/// invalid declaration.
std::vector<OptionSpec> declared_options(const holdfast_option_info* options, std::size_t count);

/// Returns the parts of a text that '|' separates; NULL and "" have none.
std::vector<std::string> parted(const char* text);

}  // namespace holdfast::capi
