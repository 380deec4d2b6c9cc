#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/pipeline.hpp"

namespace holdfast {

/// Returns a producer that runs a command and reads its standard output. Looks `argv[0]` up on the context's program
/// path; uses no shell. A non-zero exit or a signal throws Error{source} with the end of the command's standard error.
Producer exec(std::vector<std::string> argv);

/// Splits a command line into words by the shell's rules for quotes and backslashes only. Expands nothing. Throws
/// Error{invalid_argument} for an open quote, for no word at all, and for an unquoted operator that needs a shell (| &
/// ; < > ( ) ` or a line break).
std::vector<std::string> split_words(std::string_view line);

}  // namespace holdfast
