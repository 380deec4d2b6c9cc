#pragma once

#include <memory>
#include <string_view>

#include "holdfast/storage.hpp"
#include "storage/azure/azure_options.hpp"

namespace holdfast {

/// Block blobs in a container of Azure Blob Storage. docs/storage.md has the options.
std::shared_ptr<Storage> azure_storage(std::string_view uri, const Options& options, IfMissing if_missing, const HttpWorld& world = {});

}  // namespace holdfast
