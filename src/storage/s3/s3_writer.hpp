#pragma once

#include <memory>
#include <string>

#include "holdfast/io.hpp"
#include "storage/s3/s3_objects.hpp"

namespace holdfast {

/// Writes a new object of unknown length: one PUT if it fits into a part, else a multipart upload, which exists until
/// it is completed or aborted.
std::unique_ptr<Writer> open_s3_writer(std::shared_ptr<S3Objects> objects, std::string key);

}  // namespace holdfast
