#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/hooks.hpp"
#include "holdfast/job.hpp"
#include "holdfast/operation.hpp"

namespace holdfast {

/// An array of objects on one line: line, column, what.
std::string to_json(const std::vector<JobFault>& faults);

/// Reads a JSON array of hooks: objects with "name", and the options of parse_hook. Throws Error{invalid_argument}.
std::vector<Hook> parse_hooks(std::string_view json);

/// Reads a record as to_json writes it; only "operation" and "outcome" must be there. Throws Error{invalid_argument}.
OperationRecord parse_record(std::string_view json);

}  // namespace holdfast
