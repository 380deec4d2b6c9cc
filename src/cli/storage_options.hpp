#pragma once

#include <string>
#include <vector>

#include "environment.hpp"
#include "holdfast/storage.hpp"

namespace holdfast::cli {

/// Returns the options for the storage with that URI: those given as "key=value", and those that the environment has
/// for programs that use AWS, Azure or Google Cloud, unless the URI or `pairs` set them. Throws
/// Error{invalid_argument}.
Options storage_options(const std::string& uri, const std::vector<std::string>& pairs, const Environment& environment);

}  // namespace holdfast::cli
