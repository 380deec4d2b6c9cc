#pragma once

#include <string_view>

#include "holdfast.h"

namespace holdfast::capi {

/// Returns the declared option of a key, by its own name or its family's; null if there is none.
const holdfast_option_info* find_option(std::string_view key) noexcept;

}  // namespace holdfast::capi
