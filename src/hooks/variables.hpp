#pragma once

#include <string>
#include <utility>
#include <vector>

#include "holdfast/hooks.hpp"

namespace holdfast {

/// Returns the variables that a hook declares, with their values for an operation.
std::vector<std::pair<std::string, std::string>> variables_for(const Hook& hook, const OperationRecord& record);

/// Throws Error{invalid_argument} for a name that is none of a variable, and for a wrong template.
void check_variables(const Hook& hook);

}  // namespace holdfast
