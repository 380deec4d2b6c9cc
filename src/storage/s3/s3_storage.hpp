#pragma once

#include <memory>
#include <string_view>

#include "holdfast/storage.hpp"
#include "storage/s3/s3_options.hpp"

namespace holdfast {

/// Objects in an S3 bucket, or one of a server that speaks its protocol. docs/storage.md has the options.
std::shared_ptr<Storage> s3_storage(std::string_view uri, const Options& options, IfMissing if_missing, const HttpWorld& world = {});

}  // namespace holdfast
