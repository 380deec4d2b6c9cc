#include "storage/s3/s3_options.hpp"

#include <algorithm>
#include <functional>

#include "base/ascii.hpp"
#include "base/flag.hpp"
#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "holdfast/flag.hpp"
#include "storage/http/bucket_uri.hpp"
#include "storage/http/option_values.hpp"
#include "storage/s3/sigv4.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kMiB = 1U << 20;
constexpr std::uint64_t kMostLockDays = 18'000;  // twice that is what the service takes

/// RFC 3339, with any offset from UTC.
TimePoint time_value(const std::string& key, const std::string& text) {
  try {
    const std::size_t at = text.size() < 6 ? std::string::npos : text.size() - 6;
    if (at == std::string::npos || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':') return parse_time(text);
    const auto part = [&](std::size_t from, std::uint64_t most) {
      return static_cast<int>(number_value(key, text.substr(from, 2), 0, most));
    };
    const std::chrono::minutes offset(part(at + 1, 23) * 60 + part(at + 4, 59));
    const TimePoint local = parse_time(text.substr(0, at) + "Z");
    return text[at] == '+' ? local - offset : local + offset;
  } catch (const Error&) {
    refuse_value(key, "a time like 2026-11-20T18:04:11Z or 2026-11-20T19:04:11+01:00");
  }
}

/// "key=value&key=value", percent-encoded where needed; the same as S3 takes it. Its bounds are those of the service.
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

template <typename Member>
auto text(Member member) {
  return [member](S3Options& options, const std::string& key, const std::string& value) { options.*member = header_value(key, value); };
}

auto key_text(std::string S3KeyOptions::*member) {
  return [member](S3Options& options, const std::string&, const std::string& value) { options.keys.*member = value; };
}

auto key_secret(Secret S3KeyOptions::*member) {
  return [member](S3Options& options, const std::string& key, const std::string& value) {
    options.keys.*member = Secret(header_value(key, value));
  };
}

using O = S3Options;
using K = S3KeyOptions;
using Text = const std::string&;

const std::vector<OptionSetter<S3Options>>& setters() {
  static const auto all = with_http_options<S3Options>({
      {"endpoint", false, [](O& o, Text k, Text v) { o.endpoint = origin_value(k, v); }},
      {"region", false, text(&O::region)},
      {"path_style", false, [](O& o, Text k, Text v) { o.path_style = parse_flag(k, v); }},
      {"storage_class", false, text(&O::storage_class)},
      {"sse", false,
       [](O& o, Text k, Text v) {
         o.sse = one_of(k, v, {"AES256", "aws:kms", "aws:kms:dsse"});
       }},
      {"sse_kms_key_id", false, text(&O::sse_kms_key_id)},
      {"tags", false, [](O& o, Text k, Text v) { o.tags = tag_set(k, v); }},
      {"object_lock", false,
       [](O& o, Text k, Text v) {
         o.lock_mode = one_of(k, v, {"governance", "compliance"}) == "governance" ? "GOVERNANCE" : "COMPLIANCE";
       }},
      {"lock_days", false, [](O& o, Text k, Text v) { o.lock_time = std::chrono::days(number_value(k, v, 1, kMostLockDays)); }},
      {"as_of", false, [](O& o, Text k, Text v) { o.as_of = time_value(k, v); }},
      {"create_only", false,
       [](O& o, Text k, Text v) {
         const auto flag = flag_in(v);
         if (!flag && v != "probe") refuse_value(k, "probe, yes or no");
         o.create_only = !flag ? CreateOnly::probe : *flag ? CreateOnly::yes : CreateOnly::no;
       }},
      {"part_size", false, [](O& o, Text k, Text v) { o.part_size = size_value(k, v, 5 * kMiB, 5 * 1024 * kMiB); }},
      {"max_parts", false, [](O& o, Text k, Text v) { o.max_parts = static_cast<std::uint32_t>(number_value(k, v, 9, 10'000)); }},
      {"parallel_parts", false, [](O& o, Text k, Text v) { o.parallel_parts = static_cast<unsigned>(number_value(k, v, 1, 64)); }},
      {"memory", false, [](O& o, Text k, Text v) { o.memory = size_value(k, v, 0, std::uint64_t{1} << 40); }},
      {"credentials", false,
       [](O& o, Text k, Text v) {
         o.keys.source = one_of(k, v, {"auto", "static", "web_identity", "profile", "container", "imds", "anonymous"});
       }},
      {"access_key_id", false, [](O& o, Text k, Text v) { o.keys.access_key_id = header_value(k, v); }},
      {"secret_access_key", true, key_secret(&K::secret_access_key)},
      {"session_token", true, key_secret(&K::session_token)},
      {"credentials_file", false, key_text(&K::credentials_file)},
      {"profile", false, key_text(&K::profile)},
      {"role_arn", false, key_text(&K::role_arn)},
      {"role_session_name", false, key_text(&K::role_session_name)},
      {"web_identity_token_file", false, key_text(&K::web_identity_token_file)},
      {"sts_endpoint", false, [](O& o, Text k, Text v) { o.keys.sts_endpoint = origin_value(k, v); }},
      {"container_credentials_uri", false, key_text(&K::container_credentials_uri)},
      {"container_token_file", false, key_text(&K::container_token_file)},
      {"container_token", true, key_secret(&K::container_token)},
      {"imds_endpoint", false, [](O& o, Text k, Text v) { o.keys.imds_endpoint = origin_value(k, v); }},
  });
  return all;
}

bool good_bucket(std::string_view bucket) {
  return bucket.size() >= 3 && bucket.size() <= 63 && bucket.front() != '.' && bucket.back() != '.' && bucket.find("..") == bucket.npos &&
         std::ranges::all_of(bucket, [](char c) { return is_ascii_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

/// As a part of a host name, and covered by the server's wildcard certificate.
bool is_dns_label(std::string_view bucket) {
  return std::ranges::all_of(bucket, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }) &&
         bucket.front() != '-' && bucket.back() != '-';
}

}  // namespace

S3Options parse_s3_options(std::string_view uri, const Options& options) {
  S3Options parsed;
  BucketUri place = apply_bucket_uri(uri, "s3://BUCKET/PREFIX", options, setters(), parsed);
  parsed.bucket = std::move(place.bucket);
  parsed.prefix = std::move(place.prefix);
  if (!good_bucket(parsed.bucket)) refuse_uri(uri, "a bucket's name has 3 to 63 letters, digits, '.', '-' and '_'");
  // Most servers that are not AWS are reached under one name, without one for each bucket.
  if (!place.options.contains("path_style")) parsed.path_style = !parsed.endpoint.empty() || !is_dns_label(parsed.bucket);
  if (!parsed.path_style && !is_dns_label(parsed.bucket)) refuse_uri(uri, "this bucket's name needs path_style=yes");
  if (!parsed.sse_kms_key_id.empty() && !parsed.sse.starts_with("aws:kms")) refuse_uri(uri, "sse_kms_key_id needs sse=aws:kms");
  if (parsed.locks() != (parsed.lock_time.count() != 0)) refuse_uri(uri, "object_lock and lock_days come together or not at all");
  if (parsed.keys.access_key_id.empty() != parsed.keys.secret_access_key.empty())
    refuse_uri(uri, "access_key_id and secret_access_key come together or not at all");
  return parsed;
}

}  // namespace holdfast
