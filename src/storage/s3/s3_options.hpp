#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/storage.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/http_retry.hpp"
#include "storage/http/url.hpp"

namespace holdfast {

/// The source of the keys and its values. Each value may be empty.
struct S3KeyOptions {
  std::string source = "auto";  ///< auto, static, web_identity, profile, container, imds, anonymous
  std::string access_key_id;
  Secret secret_access_key, session_token;
  std::string credentials_file, config_file, profile = "default";
  bool profile_given = false;
  std::string role_arn, role_session_name = "holdfast", web_identity_token_file, sts_endpoint;
  std::string container_credentials_uri, container_token_file;
  Secret container_token;
  std::string imds_endpoint = "http://169.254.169.254";
};

enum class CreateOnly { probe, yes, no };

/// A parsed s3: URI with its options.
struct S3Options {
  std::string bucket;
  std::string prefix;  ///< start of all keys: empty, or ends with '/'
  std::string region = "us-east-1";
  std::string endpoint;  ///< URL before the bucket, without '/' at its end; empty = AWS in `region`
  bool path_style = false;
  HttpOptions http;
  RetryTimes retry;
  S3KeyOptions keys;

  std::string storage_class, sse, sse_kms_key_id;
  std::string tags;                ///< tags of new objects in the form of the header: "k=v&k2=v2", percent-encoded
  std::string lock_mode;           ///< lock of new objects, GOVERNANCE or COMPLIANCE; empty = none
  std::chrono::days lock_time{0};  ///< shortest time that a backup stays locked
  std::optional<TimePoint> as_of;  ///< read the bucket as it was then
  CreateOnly create_only = CreateOnly::probe;
  std::uint64_t part_size = 8U << 20;
  std::uint32_t max_parts = 10'000;
  unsigned parallel_parts = 4;
  std::uint64_t memory = 128U << 20;  ///< limit for parts being sent, over all writers

  bool locks() const noexcept { return !lock_mode.empty(); }
  std::string uri() const { return "s3://" + bucket + (prefix.empty() ? "" : "/" + prefix.substr(0, prefix.size() - 1)); }
};

/// Returns the options of an s3: storage, without those of every storage.
const std::vector<OptionSpec>& s3_option_specs();

/// Parses "s3://bucket/prefix?option=value". `options` override the options in the URI. Throws Error{invalid_argument}
/// for an unknown or impossible option, and for a secret one in the URI.
S3Options parse_s3_options(std::string_view uri, const Options& options);

}  // namespace holdfast
