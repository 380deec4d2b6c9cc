#pragma once

#include <optional>
#include <string>

#include "storage/s3/sigv4.hpp"

namespace holdfast {

/// The keys of a profile in a shared credentials file; null when there is no such file, profile, or no keys in it. Throws Error when the
/// file can't be read.
std::optional<AwsKeys> read_profile(const std::string& file, const std::string& profile);

}  // namespace holdfast
