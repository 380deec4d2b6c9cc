#pragma once

#include <memory>
#include <string>

#include "holdfast/target.hpp"

namespace holdfast::files {

/// A target that is an empty folder, or one that does not exist yet.
std::unique_ptr<Target> tree_target(std::string path);

/// Throws Error unless a backup and the options of its restore fit any target for trees of files.
void check_tree_restore(const BackupView& backup, const RestoreOptions& options, Context& context);

}  // namespace holdfast::files
