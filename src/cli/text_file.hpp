#pragma once

#include <string>
#include <vector>

namespace holdfast::cli {

/// Reads a file that the user names. `what` says what it should hold: "queries". Throws Error{invalid_argument}.
std::string read_text_file(const std::string& path, const std::string& what);

/// Reads a file of patterns: one a line, without comments ('#' at the beginning) and blank lines. Throws
/// Error{invalid_argument}.
std::vector<std::string> read_patterns(const std::string& path);

}  // namespace holdfast::cli
