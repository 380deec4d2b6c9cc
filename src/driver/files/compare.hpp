#pragma once

#include <string>

#include "holdfast/context.hpp"
#include "holdfast/target.hpp"
#include "holdfast/verify.hpp"

namespace holdfast::files {

/// Compares what is in an open folder with the list of files of a backup: names, bytes and all that the list says of each; owners only for
/// root, who alone could restore them. Differences go into the report's faults, attributes that are missing into its warnings, for not
/// every file system holds them. Returns how many files and folders were compared.
std::uint64_t compare_tree(int root, const std::string& shown, const BackupView& backup, ProofReport& report, const Context& context);

}  // namespace holdfast::files
