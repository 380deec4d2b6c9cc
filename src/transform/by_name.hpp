#pragma once

#include <string_view>

#include "holdfast/transform.hpp"

namespace holdfast {

/// The transform that decodes what one of that name encoded; `name` as in manifests. `key` is needed by encryption only and may be
/// null otherwise. Throws Error{unsupported} for a name that is not known, Error{wrong_key} for a missing key.
TransformPtr transform_by_name(std::string_view name, const Secret* key, std::string_view associated_data);

}  // namespace holdfast
