#pragma once

#include "holdfast/error.hpp"

namespace holdfast {

/// Returns the exception that is being handled as an Error: a host's code may throw anything. For `catch (...)`.
Error caught_error();

}  // namespace holdfast
