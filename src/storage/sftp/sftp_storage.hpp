#pragma once

#include <memory>
#include <stop_token>
#include <string_view>
#include <vector>

#include "holdfast/storage.hpp"

namespace holdfast {

/// What an sftp: storage takes, besides what every storage takes.
const std::vector<OptionSpec>& sftp_option_specs();

/// "sftp://[user@]host[:port]/path", "/~/path" below the home directory. Options may stand in the URI, too, as ?key=value. Waits
/// end when `stop` is requested. docs/storage.md says more.
std::shared_ptr<Storage> sftp_storage(std::string_view uri, const Options& options, IfMissing if_missing, const std::stop_token& stop);

}  // namespace holdfast
