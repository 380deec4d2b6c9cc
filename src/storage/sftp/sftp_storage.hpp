#pragma once

#include <memory>
#include <stop_token>
#include <string_view>

#include "holdfast/storage.hpp"

namespace holdfast {

/// "sftp://[user@]host[:port]/path", "/~/path" below the home directory. Options, also as ?key=value in the URI: identity_file,
/// known_hosts, config, program, connect_timeout, stall_timeout, timeout (seconds). docs/storage.md says more. Waits end when `stop` is
/// requested.
std::shared_ptr<Storage> sftp_storage(std::string_view uri, const Options& options, IfMissing if_missing, const std::stop_token& stop);

}  // namespace holdfast
