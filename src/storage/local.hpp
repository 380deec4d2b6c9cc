#pragma once

#include <filesystem>
#include <memory>

#include "holdfast/storage.hpp"
#include "storage/file_calls.hpp"

namespace holdfast {

/// Objects as files below `root`, and unfinished ones in its folder `.tmp`. Any number of threads and processes may use
/// one root at the same time. Survives power loss if the file system does (caps().durable is false if it can't be asked
/// to).
std::shared_ptr<Storage> local_storage(const std::filesystem::path& root, IfMissing if_missing,
                                       std::shared_ptr<const FileCalls> calls = system_file_calls());

}  // namespace holdfast
