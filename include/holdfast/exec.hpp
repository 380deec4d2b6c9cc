#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/pipeline.hpp"

namespace holdfast {

/// The standard output of a command as the reading end of a pipeline. `argv[0]` is looked up on the context's program path; no shell
/// is involved. A non-zero exit or a signal is Error{source} with the end of what it said on standard error.
Producer exec(std::vector<std::string> argv);

/// Splits a command line into words by the shell's rules for quotes and backslashes, and no others: nothing is expanded. Throws
/// Error{invalid_argument} for an open quote, no word at all, and an unquoted operator (| & ; < > ( ) ` or a line break), which only a
/// shell could carry out.
std::vector<std::string> split_words(std::string_view line);

}  // namespace holdfast
