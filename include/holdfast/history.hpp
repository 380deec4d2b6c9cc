#pragma once

#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/operation.hpp"

namespace holdfast {

class Repository;

/// Returns the records of past operations that the repository keeps, oldest end first (docs/format.md, "History"): at
/// most the newest 20,000, of at most 400 days. Each record names at most 100 backups. Records are what their writers
/// reported, by their own clocks; running operations and those whose process died have none. Warns of a record that
/// does not open, and leaves it out. Throws Error if the storage can't be read.
std::vector<OperationRecord> read_history(Repository& repository, Context& context);

}  // namespace holdfast
