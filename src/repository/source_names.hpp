#pragma once

#include <string>
#include <vector>

#include "holdfast/manifest.hpp"

namespace holdfast {

/// Returns "0 shop, 1 stock": what source_index() takes, for messages. A name that two sources share comes with the
/// URI.
std::string list_of(const std::vector<SourceRecord>& sources);

}  // namespace holdfast
