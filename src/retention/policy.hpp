#pragma once

#include "holdfast/retention.hpp"

namespace holdfast {

/// Returns whether a backup's tags match a tag rule, "key" or "key=value".
bool has_tag(const Notes& tags, const std::string& rule);

}  // namespace holdfast
