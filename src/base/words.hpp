#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/exec.hpp"

namespace holdfast {

/// Returns the word in single quotes, as any POSIX shell reads it.
std::string quote_shell(std::string_view word);
/// Returns a line that split_words (and a shell) splits into these words.
std::string quote_words(const std::vector<std::string>& words);
/// Returns the parts between commas, without surrounding spaces and without empty parts.
std::vector<std::string> split_list(std::string_view text);

}  // namespace holdfast
