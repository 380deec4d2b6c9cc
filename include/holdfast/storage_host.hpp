#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/host_services.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

class Context;

/// Connection between a storage and its host, outside of the storage's calls.
struct StorageHost {
  std::stop_token stop = {};  ///< ends waits with Error{cancelled}
  /// Receives each warning, one line; from any thread. May be empty. Objects that it refers to must outlive the
  /// storage.
  std::function<void(const std::string&)> warn = {};
  std::vector<std::filesystem::path> program_path = {};  ///< as HostServices::program_path
  Executor* executor = &local_executor();                ///< borrowed; must outlive the storage
};
/// Returns the connection for a storage that is opened within a call. Does not receive warnings.
StorageHost storage_host(const Context& context);
/// Opens a storage for such a host.
std::shared_ptr<Storage> open_storage(std::string_view uri, const Options& options, IfMissing if_missing, const StorageHost& host);

}  // namespace holdfast
