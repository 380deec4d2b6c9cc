#pragma once

#include <string_view>

#include "holdfast/transform.hpp"

namespace holdfast {

/// Returns the transform that decodes what one of that name encoded; `name` as in manifests. Only encryption needs
/// `key`; it may be null otherwise. Throws Error{unsupported} for an unknown name, Error{wrong_key} for a missing key.
TransformPtr transform_by_name(std::string_view name, const Secret* key, std::string_view associated_data);

}  // namespace holdfast
