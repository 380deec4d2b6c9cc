#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/storage.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/http_retry.hpp"

namespace holdfast {

/// Where access tokens come from; each part may be empty.
struct GcsKeyOptions {
  std::string source = "auto";  ///< auto, token, file, metadata, anonymous
  Secret token;
  std::string credentials_file;
  std::string metadata_host = "http://169.254.169.254";
};

/// A parsed gs: URI with its options.
struct GcsOptions {
  std::string bucket;
  std::string prefix;  ///< of object names: empty, or ends with '/'
  std::string endpoint = "https://storage.googleapis.com";
  bool own_endpoint = false;  ///< it was given: not Google's own
  std::string project;        ///< that a new bucket belongs to
  std::string location;       ///< of a new bucket
  std::string storage_class, kms_key;
  std::uint64_t chunk_size = 16U << 20;
  std::uint64_t memory = 128U << 20;  ///< of chunks on their way, over all writers
  HttpOptions http;
  RetryTimes retry;
  GcsKeyOptions keys;

  std::string uri() const { return "gs://" + bucket + (prefix.empty() ? "" : "/" + prefix.substr(0, prefix.size() - 1)); }
};

/// What a gs: storage takes, besides what every storage takes.
const std::vector<OptionSpec>& gcs_option_specs();

/// "gs://bucket/prefix?option=value"; what is said in `options` counts before what stands in the URI. Throws Error{invalid_argument}
/// for an unknown or impossible option, and for a secret one in the URI.
GcsOptions parse_gcs_options(std::string_view uri, const Options& options);

}  // namespace holdfast
