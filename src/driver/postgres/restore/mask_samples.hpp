#pragma once

#include <string>

#include "holdfast/target.hpp"

namespace holdfast::postgres {

/// Proposes rules of masking for a backup. Reads the first rows of each table.
std::string suggest_mask(const BackupView& backup, Context& context);

}  // namespace holdfast::postgres
