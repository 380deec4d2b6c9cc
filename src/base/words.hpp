#pragma once

#include <string>
#include <vector>

#include "holdfast/exec.hpp"

namespace holdfast {

/// The line that split_words (and a shell) reads back as these words.
std::string quote_words(const std::vector<std::string>& words);

}  // namespace holdfast
