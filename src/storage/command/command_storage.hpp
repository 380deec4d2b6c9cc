#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "holdfast/storage.hpp"
#include "holdfast/storage_host.hpp"

namespace holdfast {

/// Returns the options of a command: storage, without those of every storage.
const std::vector<OptionSpec>& command_option_specs();

/// Stores objects through a user's program: docs/storage.md describes the protocol. `argv[0]` is a path, or is searched
/// in the folders of `host` and the usual ones. Throws Error{not_found} if there is no such program.
std::shared_ptr<Storage> command_storage(const std::vector<std::string>& argv, const Options& options, const StorageHost& host);

}  // namespace holdfast
