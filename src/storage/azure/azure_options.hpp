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

inline constexpr std::uint64_t kLargestBlock = std::uint64_t{4000} << 20;  // limit of the protocol

/// The source of the credentials and its values. Each value may be empty.
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
  std::string prefix;           ///< start of all blob names: empty, or ends with '/'
  std::string endpoint;         ///< URL of the account, without '/' at its end
  bool endpoint_given = false;  ///< false: made from the account's name
  HttpOptions http;
  RetryTimes retry;
  AzureKeyOptions keys;

  std::string access_tier;
  std::uint64_t part_size = 8U << 20;
  std::uint32_t max_parts = 50'000;
  unsigned parallel_parts = 4;
  std::uint64_t memory = 128U << 20;  ///< limit for parts being sent, over all writers

  std::string uri() const { return "azblob://" + container + (prefix.empty() ? "" : "/" + prefix.substr(0, prefix.size() - 1)); }
};

/// Returns the options of an azblob: storage, without those of every storage.
const std::vector<OptionSpec>& azure_option_specs();

/// Parses "azblob://container/prefix?option=value". `options` override the options in the URI; both override those of a
/// connection string. Throws Error{invalid_argument} for an unknown or impossible option, and for a secret one in the
/// URI.
AzureOptions parse_azure_options(std::string_view uri, const Options& options);

}  // namespace holdfast
