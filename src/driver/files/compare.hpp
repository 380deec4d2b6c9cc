#pragma once

#include <string>

#include "holdfast/context.hpp"
#include "holdfast/target.hpp"
#include "holdfast/verify.hpp"

namespace holdfast::files {

/// Compares an open folder with the list of files of a backup: names, bytes, and everything that the list records of
/// each, in both directions. Adds differences to the report's faults. Adds to its warnings what this file system can't
/// hold, and what only root can restore if this is not root. Returns the number of compared files and folders.
std::uint64_t compare_tree(int root, const std::string& shown, const BackupView& backup, ProofReport& report, const Context& context);

}  // namespace holdfast::files
