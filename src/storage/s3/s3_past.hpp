#pragma once

#include <memory>

#include "holdfast/storage.hpp"
#include "storage/s3/s3_options.hpp"

namespace holdfast {

/// Returns a bucket with versions as it was at `options.as_of`, with the objects deleted or overwritten since.
/// Read-only.
std::shared_ptr<Storage> s3_past(const S3Options& options, const HttpWorld& world);

}  // namespace holdfast
