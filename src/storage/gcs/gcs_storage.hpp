#pragma once

#include <memory>
#include <string_view>

#include "holdfast/storage.hpp"
#include "storage/gcs/gcs_options.hpp"

namespace holdfast {

/// Opens "gs://bucket/prefix" (docs/storage.md). Throws Error{not_found} if the bucket is missing and `if_missing` does
/// not create it.
std::shared_ptr<Storage> gcs_storage(std::string_view uri, const Options& options, IfMissing if_missing, const HttpWorld& world = {});

}  // namespace holdfast
