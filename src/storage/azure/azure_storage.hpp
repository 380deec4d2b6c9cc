#pragma once

#include <memory>
#include <string_view>

#include "holdfast/storage.hpp"
#include "storage/azure/azure_options.hpp"

namespace holdfast {

/// Opens a container of Azure Blob Storage; objects are block blobs. docs/storage.md lists the options.
std::shared_ptr<Storage> azure_storage(std::string_view uri, const Options& options, IfMissing if_missing, const HttpWorld& world = {});

}  // namespace holdfast
