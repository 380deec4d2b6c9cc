#pragma once

#include <optional>
#include <string>

#include "storage/s3/sigv4.hpp"

namespace holdfast {

/// Returns the keys of a profile in a shared credentials file. Returns null if there is no such file or profile, or it
/// has no keys. Throws Error if the file can't be read.
std::optional<AwsKeys> read_profile(const std::string& file, const std::string& profile);

}  // namespace holdfast
