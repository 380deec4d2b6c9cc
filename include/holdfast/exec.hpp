#pragma once

#include <string>
#include <vector>

#include "holdfast/pipeline.hpp"

namespace holdfast {

/// The standard output of a command as the reading end of a pipeline. `argv[0]` is looked up on the context's program path; no shell
/// is involved. A non-zero exit or a signal is Error{source} with the end of what it said on standard error.
Producer exec(std::vector<std::string> argv);

}  // namespace holdfast
