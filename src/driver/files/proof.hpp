#pragma once

#include "holdfast/context.hpp"
#include "holdfast/target.hpp"
#include "holdfast/verify.hpp"

namespace holdfast::files {

/// Restores into a scratch folder, inside the folder `options.target` if given, and compares it with the list of files.
/// Or compares the folder `options.restored`, which is only read. See Driver::prove.
ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context& context);

}  // namespace holdfast::files
