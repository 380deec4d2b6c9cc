#pragma once

#include <string>

#include "holdfast/error.hpp"

namespace holdfast {

/// Returns "what: reason of errno" with the code that fits (no_space, permission_denied, not_found, else io).
Error system_error(const std::string& what, int error_number);

}  // namespace holdfast
