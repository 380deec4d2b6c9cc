#pragma once

#include <vector>

#include "holdfast/option.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/http_retry.hpp"

namespace holdfast {

/// Returns the options of a storage over HTTP: its own, then those that all such storages have.
std::vector<OptionSpec> with_http_options(std::vector<OptionSpec> own);
/// Reads the options that all such storages have.
void read_http_options(const ParsedOptions& given, HttpOptions& http, RetryTimes& retry);

}  // namespace holdfast
