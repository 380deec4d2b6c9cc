#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/exec.hpp"

namespace holdfast {

/// The word in single quotes, as any POSIX shell reads it back.
std::string quote_shell(std::string_view word);
/// The line that split_words (and a shell) reads back as these words.
std::string quote_words(const std::vector<std::string>& words);
/// The parts between commas, without spaces around them and without empty ones.
std::vector<std::string> split_list(std::string_view text);

}  // namespace holdfast
