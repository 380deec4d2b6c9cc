#pragma once

#include <memory>
#include <string_view>

#include "holdfast/storage.hpp"
#include "storage/s3/s3_options.hpp"

namespace holdfast {

/// Opens an S3 bucket, or one of a server with the same protocol. docs/storage.md lists the options.
std::shared_ptr<Storage> s3_storage(std::string_view uri, const Options& options, IfMissing if_missing, const HttpWorld& world = {});

}  // namespace holdfast
