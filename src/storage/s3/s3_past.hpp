#pragma once

#include <memory>

#include "holdfast/storage.hpp"
#include "storage/s3/s3_options.hpp"

namespace holdfast {

/// A bucket that keeps versions, as it was at `options.as_of`: what was deleted or overwritten since is there. For reading only.
std::shared_ptr<Storage> s3_past(const S3Options& options, const HttpWorld& world);

}  // namespace holdfast
