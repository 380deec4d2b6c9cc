#pragma once

#include <vector>

#include "guard.hpp"
#include "holdfast/option.hpp"

namespace holdfast::capi {

/// The options that a host's driver declares, of which `options` is an array. Throws Error{invalid_argument} for what is no declaration.
std::vector<OptionSpec> declared_options(const holdfast_option_info* options, std::size_t count);

}  // namespace holdfast::capi
