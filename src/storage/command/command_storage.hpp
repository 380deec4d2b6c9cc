#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "holdfast/storage.hpp"
#include "holdfast/storage_host.hpp"

namespace holdfast {

/// What a command: storage takes, besides what every storage takes.
const std::vector<OptionSpec>& command_option_specs();

/// Stores objects through a program of the user's: docs/storage.md has the protocol. `argv[0]` is a path, or is searched
/// in the folders of `host` and the usual ones. Throws Error{not_found} without such a program.
std::shared_ptr<Storage> command_storage(const std::vector<std::string>& argv, const Options& options, const StorageHost& host);

}  // namespace holdfast
