#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mask/rules.hpp"
#include "mask/schema.hpp"

namespace holdfast::masking {

struct Guess {
  Rule rule;
  std::string why;  ///< for people
};

/// Returns what the column seems to be. `table` is the table's name. Contains no value of the samples, except names of
/// members of JSON documents.
std::optional<Guess> guess_rule(const std::string& table, const MaskColumn& column, const std::vector<std::string>& samples);

}  // namespace holdfast::masking
