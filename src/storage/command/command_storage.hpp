#pragma once

#include <memory>
#include <string>
#include <vector>

#include "holdfast/storage.hpp"

namespace holdfast {

/// Objects that a program of the user's stores: docs/storage.md has the protocol. `argv[0]` is a path or searched in the usual
/// directories. Option: stall_timeout (seconds). Throws Error{not_found} without such a program.
std::shared_ptr<Storage> command_storage(const std::vector<std::string>& argv, const Options& options);

}  // namespace holdfast
