#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/storage.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/http_retry.hpp"

namespace holdfast {

/// The source of the access tokens and its values. Each value may be empty.
struct GcsKeyOptions {
  std::string source = "auto";  ///< auto, token, file, metadata, anonymous
  Secret token;
  std::string credentials_file;
  std::string metadata_host = "http://169.254.169.254";
  std::string scope = "https://www.googleapis.com/auth/devstorage.read_write";  ///< of a service account's key
};

/// A parsed gs: URI with its options.
struct GcsOptions {
  std::string bucket;
  std::string prefix;  ///< start of all object names: empty, or ends with '/'
  std::string endpoint = "https://storage.googleapis.com";
  bool own_endpoint = false;  ///< given, so not Google's
  std::string project;        ///< of a new bucket
  std::string location;       ///< of a new bucket
  std::string storage_class, kms_key;
  std::uint64_t chunk_size = 16U << 20;
  std::uint64_t memory = 128U << 20;  ///< limit for chunks being sent, over all writers
  HttpOptions http;
  RetryTimes retry;
  GcsKeyOptions keys;

  std::string uri() const { return "gs://" + bucket + (prefix.empty() ? "" : "/" + prefix.substr(0, prefix.size() - 1)); }
};

/// Returns the options of a gs: storage, without those of every storage.
const std::vector<OptionSpec>& gcs_option_specs();

/// Parses "gs://bucket/prefix?option=value". `options` override the options in the URI. Throws Error{invalid_argument}
/// for an unknown or impossible option, and for a secret one in the URI.
GcsOptions parse_gcs_options(std::string_view uri, const Options& options);

}  // namespace holdfast
