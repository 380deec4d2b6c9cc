#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/storage.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/http_retry.hpp"

namespace holdfast {

inline constexpr std::uint64_t kLargestBlock = std::uint64_t{4000} << 20;  // the protocol's bound

/// Who asks; each part may be empty.
struct AzureKeyOptions {
  std::string source = "auto";  ///< auto, static, workload_identity, managed_identity, anonymous
  std::string account_name;
  Secret account_key;  ///< decoded
  Secret sas_token;    ///< the query of a shared access signature, without '?'
  Secret token;        ///< an OAuth 2.0 access token
  std::string client_id, tenant_id, federated_token_file;
  std::string authority_host = "https://login.microsoftonline.com";
  std::string imds_endpoint = "http://169.254.169.254";
};

/// A parsed azblob: URI with its options.
struct AzureOptions {
  std::string container;
  std::string prefix;           ///< of blob names: empty, or ends with '/'
  std::string endpoint;         ///< of the account, without '/' at its end
  bool endpoint_given = false;  ///< not made from the account's name
  HttpOptions http;
  RetryTimes retry;
  AzureKeyOptions keys;

  std::string access_tier;
  std::uint64_t part_size = 8U << 20;
  std::uint32_t max_parts = 50'000;
  unsigned parallel_parts = 4;
  std::uint64_t memory = 128U << 20;  ///< of parts on their way, over all writers

  std::string uri() const { return "azblob://" + container + (prefix.empty() ? "" : "/" + prefix.substr(0, prefix.size() - 1)); }
};

/// What an azblob: storage takes, besides what every storage takes.
const std::vector<OptionSpec>& azure_option_specs();

/// "azblob://container/prefix?option=value"; what is said in `options` counts before what stands in the URI, and both before what a
/// connection string says. Throws Error{invalid_argument} for an unknown or impossible option, and for a secret one in the URI.
AzureOptions parse_azure_options(std::string_view uri, const Options& options);

}  // namespace holdfast
