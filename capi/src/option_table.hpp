#pragma once

#include <string_view>

#include "holdfast.h"

namespace holdfast::capi {

/// The declared option that a key belongs to, itself or by its family; null if there is none.
const holdfast_option_info* find_option(std::string_view key) noexcept;

}  // namespace holdfast::capi
