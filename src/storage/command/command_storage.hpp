#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "holdfast/storage.hpp"

namespace holdfast {

/// What a command: storage takes, besides what every storage takes.
const std::vector<OptionSpec>& command_option_specs();

/// Objects that a program of the user's stores: docs/storage.md has the protocol. `argv[0]` is a path or searched in the usual
/// directories. Waits end when `stop` is requested. Throws Error{not_found} without such a program.
std::shared_ptr<Storage> command_storage(const std::vector<std::string>& argv, const Options& options, const std::stop_token& stop);

}  // namespace holdfast
