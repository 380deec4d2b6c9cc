#pragma once

#include <memory>
#include <string>

#include "holdfast/io.hpp"
#include "storage/s3/s3_objects.hpp"

namespace holdfast {

/// Reads a range of an object while it arrives. Resumes where a connection broke, with the same version of the object.
/// Throws Error{not_found} at once if there is no such object. `version` is that of the object, or empty for the
/// newest.
std::unique_ptr<Reader> open_s3_reader(std::shared_ptr<S3Objects> objects, const std::string& key, std::uint64_t offset,
                                       std::uint64_t length, const std::string& version = {});

}  // namespace holdfast
