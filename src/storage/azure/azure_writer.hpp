#pragma once

#include <memory>
#include <string>

#include "holdfast/io.hpp"
#include "storage/azure/azure_blobs.hpp"

namespace holdfast {

/// Writes a new blob of unknown length: one Put Blob if it fits into a part, else blocks. The server drops uncommitted
/// blocks after a week.
std::unique_ptr<Writer> open_azure_writer(std::shared_ptr<AzureBlobs> blobs, std::string blob);

}  // namespace holdfast
