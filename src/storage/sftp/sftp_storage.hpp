#pragma once

#include <memory>
#include <stop_token>
#include <string_view>
#include <vector>

#include "holdfast/storage.hpp"
#include "holdfast/storage_host.hpp"

namespace holdfast {

/// Returns the options of an sftp: storage, without those of every storage.
const std::vector<OptionSpec>& sftp_option_specs();

/// Opens "sftp://[user@]host[:port]/path"; "/~/path" is below the home directory. The URI may contain options, as
/// ?key=value. See docs/storage.md.
std::shared_ptr<Storage> sftp_storage(std::string_view uri, const Options& options, IfMissing if_missing, const StorageHost& host);

}  // namespace holdfast
