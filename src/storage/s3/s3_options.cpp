#include "storage/s3/s3_options.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "storage/http/bucket_uri.hpp"
#include "storage/http/http_options.hpp"
#include "storage/http/option_values.hpp"
#include "storage/s3/offset_time.hpp"
#include "storage/s3/profile_keys.hpp"
#include "storage/s3/sigv4.hpp"

namespace holdfast {

namespace {

TimePoint time_value(const std::string& key, const std::string& text) {
  try {
    return parse_offset_time(text);
  } catch (const Error&) {
    refuse_value(key, "a time like 2026-11-20T18:04:11Z or 2026-11-20T19:04:11+01:00");
  }
}

/// Parses "key=value&key=value", percent-encoded where needed, and returns it in the form that S3 takes. The limits are
/// those of the service.
std::string tag_set(const std::string& key, std::string_view text) {
  constexpr std::size_t kMostTags = 10, kLongestKey = 128, kLongestValue = 256;
  std::map<std::string, std::string> tags;
  for (bool more = true; more;) {
    const std::string_view pair = text.substr(0, text.find('&'));
    more = pair.size() != text.size();
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = percent_decode(pair.substr(0, equals));
    const auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || equals == pair.size() || name->empty() || name->size() > kLongestKey || value->size() > kLongestValue ||
        name->starts_with("aws:") || !tags.emplace(*name, *value).second || tags.size() > kMostTags)
      refuse_value(key, "up to 10 different tags KEY=VALUE with '&' between them, percent-encoded, at most 128 and 256 bytes");
  }
  return canonical_query(tags);
}

S3KeyOptions keys_of(const ParsedOptions& given) {
  S3KeyOptions keys;
  keys.source = given.text("credentials");
  keys.access_key_id = header_value(given, "access_key_id");
  keys.secret_access_key = Secret(header_value(given, "secret_access_key"));
  keys.session_token = Secret(header_value(given, "session_token"));
  keys.credentials_file = given.text("credentials_file");
  keys.config_file = given.text("config_file");
  keys.profile = given.text("profile");
  keys.profile_given = given.given("profile");
  keys.role_arn = given.text("role_arn");
  keys.role_session_name = given.text("role_session_name");
  keys.web_identity_token_file = given.text("web_identity_token_file");
  keys.sts_endpoint = origin_value(given, "sts_endpoint");
  keys.container_credentials_uri = given.text("container_credentials_uri");
  keys.container_token_file = given.text("container_token_file");
  keys.container_token = Secret(header_value(given, "container_token"));
  keys.imds_endpoint = origin_value(given, "imds_endpoint");
  return keys;
}

CreateOnly create_only(const std::string& word) {
  return word == "probe" ? CreateOnly::probe : word == "yes" ? CreateOnly::yes : CreateOnly::no;
}

bool is_region(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_ascii_alnum(c) || c == '-'; });
}

S3Options read_s3(const ParsedOptions& given) {
  S3Options options;
  read_http_options(given, options.http, options.retry);
  options.keys = keys_of(given);
  options.endpoint = base_url_value(given, "endpoint");
  options.region = header_value(given, "region");
  if (const std::string region = given.given("region") ? "" : profile_region(options.keys); is_region(region)) options.region = region;
  options.path_style = given.flag("path_style");
  options.storage_class = header_value(given, "storage_class");
  options.sse = given.text("sse");
  options.sse_kms_key_id = header_value(given, "sse_kms_key_id");
  if (given.given("tags")) options.tags = tag_set("tags", given.text("tags"));
  const std::string& lock = given.text("object_lock");
  if (!lock.empty()) options.lock_mode = lock == "governance" ? "GOVERNANCE" : "COMPLIANCE";
  options.lock_time = std::chrono::days(given.integer("lock_days"));
  if (given.given("as_of")) options.as_of = time_value("as_of", given.text("as_of"));
  options.create_only = create_only(given.text("create_only"));
  options.part_size = given.size("part_size");
  options.max_parts = static_cast<std::uint32_t>(given.integer("max_parts"));
  options.parallel_parts = static_cast<unsigned>(given.integer("parallel_parts"));
  options.memory = given.size("memory");
  return options;
}

bool good_bucket(std::string_view bucket) {
  return bucket.size() >= 3 && bucket.size() <= 63 && bucket.front() != '.' && bucket.back() != '.' && bucket.find("..") == bucket.npos &&
         std::ranges::all_of(bucket, [](char c) { return is_ascii_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

/// Returns whether the name can be a part of a host name that the server's wildcard certificate covers.
bool is_dns_label(std::string_view bucket) {
  return std::ranges::all_of(bucket, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }) &&
         bucket.front() != '-' && bucket.back() != '-';
}

}  // namespace

S3Options parse_s3_options(std::string_view uri, const Options& options) {
  BucketUri place = parse_bucket_uri(uri, "s3://BUCKET/PREFIX", options, s3_option_specs());
  S3Options parsed = read_s3(parse_options("s3", s3_option_specs(), place.options));
  parsed.bucket = std::move(place.bucket);
  parsed.prefix = std::move(place.prefix);
  if (!good_bucket(parsed.bucket)) refuse_uri(uri, "a bucket's name has 3 to 63 letters, digits, '.', '-' and '_'");
  // Most servers other than AWS have one host name for all buckets.
  if (!place.options.contains("path_style")) parsed.path_style = !parsed.endpoint.empty() || !is_dns_label(parsed.bucket);
  if (!parsed.path_style && !is_dns_label(parsed.bucket)) refuse_uri(uri, "this bucket's name needs path_style=yes");
  if (!parsed.sse_kms_key_id.empty() && !parsed.sse.starts_with("aws:kms")) refuse_uri(uri, "sse_kms_key_id needs sse=aws:kms");
  if (parsed.locks() != (parsed.lock_time.count() != 0)) refuse_uri(uri, "object_lock and lock_days come together or not at all");
  if (parsed.keys.access_key_id.empty() != parsed.keys.secret_access_key.empty())
    refuse_uri(uri, "access_key_id and secret_access_key come together or not at all");
  return parsed;
}

}  // namespace holdfast
