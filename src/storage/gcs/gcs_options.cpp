#include "storage/gcs/gcs_options.hpp"

#include <algorithm>

#include "storage/http/bucket_uri.hpp"
#include "storage/http/http_options.hpp"
#include "storage/http/option_values.hpp"

namespace holdfast {

namespace {

constexpr std::int64_t kChunkUnit = 256 << 10;  // the protocol requires multiples of it
constexpr std::int64_t kLargestChunk = 1 << 30;

GcsOptions read_gcs(const ParsedOptions& given) {
  GcsOptions options;
  read_http_options(given, options.http, options.retry);
  options.endpoint = base_url_value(given, "endpoint");
  options.own_endpoint = given.given("endpoint");
  options.project = header_value(given, "project");
  options.location = header_value(given, "location");
  options.storage_class = header_value(given, "storage_class");
  options.kms_key = header_value(given, "kms_key");
  options.chunk_size = given.size("chunk_size");
  if (options.chunk_size % kChunkUnit != 0) refuse_value("chunk_size", "a multiple of 256K");
  options.memory = given.size("memory");
  options.keys.source = given.text("credentials");
  options.keys.token = Secret(header_value(given, "token"));
  options.keys.credentials_file = given.text("credentials_file");
  options.keys.metadata_host = origin_value(given, "metadata_host");
  return options;
}

bool good_bucket(std::string_view bucket) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_'; };
  return bucket.size() >= 3 && bucket.size() <= 222 && std::ranges::all_of(bucket, good) && bucket.find("..") == bucket.npos;
}

}  // namespace

const std::vector<OptionSpec>& gcs_option_specs() {
  using enum OptionType;
  static const std::vector<OptionSpec> kAll = with_http_options({
      {.name = "endpoint",
       .default_value = "https://storage.googleapis.com",
       .help = "https://HOST[:PORT][/PATH] of a private endpoint or an emulator"},
      {.name = "project", .help = "project of a new bucket"},
      {.name = "location", .help = "location of a new bucket; default: Google's"},
      {.name = "storage_class", .help = "storage class of new objects; default: the bucket's"},
      {.name = "kms_key", .help = "key that encrypts new objects; default: the bucket's"},
      {.name = "chunk_size",
       .type = size,
       .default_value = "16M",
       .help = "size of an upload's chunks, which are kept in memory; a multiple of 256K",
       .minimum = kChunkUnit,
       .maximum = kLargestChunk},
      {.name = "memory",
       .type = size,
       .default_value = "128M",
       .help = "memory for chunks being sent, over all objects",
       .maximum = std::int64_t{1} << 40},
      {.name = "credentials",
       .type = choice,
       .default_value = "auto",
       .help = "source of the access tokens; auto uses the first that is configured",
       .choices = {"auto", "token", "file", "metadata", "anonymous"}},
      {.name = "token", .help = "an access token", .secret = true},
      {.name = "credentials_file", .help = "JSON file of a service account or of a user"},
      {.name = "metadata_host", .default_value = "http://169.254.169.254", .help = "server that issues a machine's tokens"},
  });
  return kAll;
}

GcsOptions parse_gcs_options(std::string_view uri, const Options& options) {
  BucketUri place = parse_bucket_uri(uri, "gs://BUCKET/PREFIX", options, gcs_option_specs());
  GcsOptions parsed = read_gcs(parse_options("gs", gcs_option_specs(), place.options));
  parsed.bucket = std::move(place.bucket);
  parsed.prefix = std::move(place.prefix);
  if (!good_bucket(parsed.bucket)) refuse_uri(uri, "a bucket's name has 3 to 222 lower-case letters, digits, '.', '-' and '_'");
  return parsed;
}

}  // namespace holdfast
