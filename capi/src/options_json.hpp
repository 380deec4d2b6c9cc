#pragma once

#include <string_view>

#include "options.hpp"

namespace holdfast::capi {

/// Returns the options of a JSON object. Throws Error{invalid_argument}.
OptionSet options_in_json(std::string_view text);

}  // namespace holdfast::capi
