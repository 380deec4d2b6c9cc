#pragma once

#include "holdfast/retention.hpp"

namespace holdfast {

/// Throws Error{invalid_argument} for a policy that means nothing: a negative span, an offset no place on earth has, an empty tag.
void check_policy(const RetentionPolicy& policy);

/// Whether a backup's tags answer a tag rule, "key" or "key=value".
bool has_tag(const Notes& tags, const std::string& rule);

}  // namespace holdfast
