#pragma once

#include <string>
#include <vector>

#include "holdfast/option.hpp"

namespace holdfast::cli {

/// One row of a table for each option, the first with its owner: owner, "name=VALUE", help with default and bounds.
/// `secret_place` says where a secret may be given.
using Rows = std::vector<std::vector<std::string>>;
void add_option_rows(Rows& rows, std::string owner, const std::vector<OptionSpec>& specs, const char* secret_place = "not in a URI");

}  // namespace holdfast::cli
