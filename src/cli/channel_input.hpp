#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "holdfast/option.hpp"

namespace holdfast::cli {

/// Adds the option `name` (such as "-o,--option") for options of a channel, and --option-file for those that are
/// secret.
void add_channel_options(CLI::App& command, std::vector<std::string>& options, std::vector<std::string>& secrets, const char* name);
/// Reads them: values from files are no part of the command line, which every user of the machine can read. Throws
/// Error{invalid_argument}.
Options channel_options(const std::vector<std::string>& options, const std::vector<std::string>& secrets);

}  // namespace holdfast::cli
