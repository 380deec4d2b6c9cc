#pragma once

#include <string>
#include <vector>

#include "environment.hpp"
#include "holdfast/storage.hpp"

namespace holdfast::cli {

/// The options to open the storage of that URI with: those given as "key=value", and for s3: and gs: what the environment has for programs
/// that use AWS or Google Cloud, unless the URI or `pairs` say it. Throws Error{invalid_argument}.
Options storage_options(const std::string& uri, const std::vector<std::string>& pairs, const Environment& environment);

}  // namespace holdfast::cli
