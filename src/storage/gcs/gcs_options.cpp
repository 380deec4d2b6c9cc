#include "storage/gcs/gcs_options.hpp"

#include <algorithm>

#include "storage/http/bucket_uri.hpp"
#include "storage/http/option_values.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kChunkUnit = 256U << 10;  // the protocol's
constexpr std::uint64_t kLargestChunk = 1U << 30;

using O = GcsOptions;
using Text = const std::string&;

std::uint64_t chunk_size(const std::string& key, const std::string& value) {
  const std::uint64_t size = size_value(key, value, kChunkUnit, kLargestChunk);
  if (size % kChunkUnit != 0) refuse_value(key, "a multiple of 256K");
  return size;
}

const std::vector<OptionSetter<O>>& setters() {
  static const auto all = with_http_options<O>({
      {"endpoint", false,
       [](O& o, Text k, Text v) {
         o.endpoint = origin_value(k, v);
         o.own_endpoint = true;
       }},
      {"project", false, [](O& o, Text k, Text v) { o.project = header_value(k, v); }},
      {"location", false, [](O& o, Text k, Text v) { o.location = header_value(k, v); }},
      {"storage_class", false, [](O& o, Text k, Text v) { o.storage_class = header_value(k, v); }},
      {"kms_key", false, [](O& o, Text k, Text v) { o.kms_key = header_value(k, v); }},
      {"chunk_size", false, [](O& o, Text k, Text v) { o.chunk_size = chunk_size(k, v); }},
      {"memory", false, [](O& o, Text k, Text v) { o.memory = size_value(k, v, 0, std::uint64_t{1} << 40); }},
      {"credentials", false,
       [](O& o, Text k, Text v) {
         o.keys.source = one_of(k, v, {"auto", "token", "file", "metadata", "anonymous"});
       }},
      {"token", true, [](O& o, Text k, Text v) { o.keys.token = Secret(header_value(k, v)); }},
      {"credentials_file", false, [](O& o, Text, Text v) { o.keys.credentials_file = v; }},
      {"metadata_host", false, [](O& o, Text k, Text v) { o.keys.metadata_host = origin_value(k, v); }},
  });
  return all;
}

bool good_bucket(std::string_view bucket) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_'; };
  return bucket.size() >= 3 && bucket.size() <= 222 && std::ranges::all_of(bucket, good) && bucket.find("..") == bucket.npos;
}

}  // namespace

GcsOptions parse_gcs_options(std::string_view uri, const Options& options) {
  GcsOptions parsed;
  BucketUri place = apply_bucket_uri(uri, "gs://BUCKET/PREFIX", options, setters(), parsed);
  parsed.bucket = std::move(place.bucket);
  parsed.prefix = std::move(place.prefix);
  if (!good_bucket(parsed.bucket)) refuse_uri(uri, "a bucket's name has 3 to 222 small letters, digits, '.', '-' and '_'");
  return parsed;
}

}  // namespace holdfast
