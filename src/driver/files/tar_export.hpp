#pragma once

#include "holdfast/context.hpp"
#include "holdfast/target.hpp"

namespace holdfast::files {

/// Writes the selected part of a tree as a tar archive in the format of POSIX.1-2001 (pax), in the order of the tree.
/// Names begin with "./". Compares every file with its hash. Does not commit `out`.
void export_tar(const BackupView& backup, const Selection& selection, Writer& out, Context& context);

}  // namespace holdfast::files
