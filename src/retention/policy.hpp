#pragma once

#include "holdfast/retention.hpp"

namespace holdfast {

/// Whether a backup's tags answer a tag rule, "key" or "key=value".
bool has_tag(const Notes& tags, const std::string& rule);

}  // namespace holdfast
