#include <algorithm>
#include <iterator>

#include "storage/http/http_options.hpp"
#include "storage/s3/s3_options.hpp"

namespace holdfast {

namespace {

constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kMostLockDays = 18'000;  // twice that is what the service takes

std::vector<OptionSpec> of_objects() {
  using enum OptionType;
  return {
      {.name = "endpoint", .help = "https://HOST[:PORT] of a server that is not AWS"},
      {.name = "region", .default_value = "us-east-1", .help = "learnt when the server names another"},
      {.name = "path_style", .type = boolean, .help = "https://HOST/BUCKET/…; left out: not on AWS, elsewhere yes"},
      {.name = "storage_class", .help = "of new objects, for example STANDARD_IA; left out: the bucket's"},
      {.name = "sse",
       .type = choice,
       .help = "how the server encrypts; left out: as the bucket says",
       .choices = {"AES256", "aws:kms", "aws:kms:dsse"}},
      {.name = "sse_kms_key_id", .help = "the key for aws:kms"},
      {.name = "tags", .help = "of new objects: team=shop&tier=backup, at most 10, percent-encoded"},
      {.name = "object_lock", .type = choice, .help = "lock new objects against removal", .choices = {"governance", "compliance"}},
      {.name = "lock_days", .type = integer, .help = "days that a backup stays locked at least", .minimum = 1, .maximum = kMostLockDays},
      {.name = "as_of", .help = "a time: the bucket as it was then, for reading only"},
      {.name = "create_only",
       .type = choice,
       .default_value = "probe",
       .help = "whether the server honours If-None-Match: *",
       .choices = {"probe", "yes", "no"}},
      {.name = "part_size",
       .type = size,
       .default_value = "8M",
       .help = "of the first parts of a multipart upload",
       .minimum = 5 * kMiB,
       .maximum = 5 * 1024 * kMiB},
      {.name = "max_parts",
       .type = integer,
       .default_value = "10000",
       .help = "the server's limit of parts per object",
       .minimum = 9,
       .maximum = 10'000},
      {.name = "parallel_parts", .type = integer, .default_value = "4", .help = "of one object", .minimum = 1, .maximum = 64},
      {.name = "memory",
       .type = size,
       .default_value = "128M",
       .help = "for parts on their way, over all objects",
       .maximum = std::int64_t{1} << 40},
  };
}

std::vector<OptionSpec> of_keys() {
  using enum OptionType;
  return {
      {.name = "credentials",
       .type = choice,
       .default_value = "auto",
       .help = "where keys come from; auto is the first place that has some",
       .choices = {"auto", "static", "web_identity", "profile", "container", "imds", "anonymous"}},
      {.name = "access_key_id", .help = "id of a static key"},
      {.name = "secret_access_key", .help = "its secret", .secret = true},
      {.name = "session_token", .help = "its token, if it is temporary", .secret = true},
      {.name = "credentials_file", .help = "file of profiles"},
      {.name = "profile", .default_value = "default", .help = "the profile of that file"},
      {.name = "role_arn", .help = "role of a web identity"},
      {.name = "role_session_name", .default_value = "holdfast", .help = "name of its sessions"},
      {.name = "web_identity_token_file", .help = "file with its token, read at each refresh"},
      {.name = "sts_endpoint", .help = "https://HOST[:PORT] that gives its keys; left out: the region's"},
      {.name = "container_credentials_uri", .help = "URL that gives a container its keys"},
      {.name = "container_token_file", .help = "file with the token for that URL"},
      {.name = "container_token", .help = "the token itself", .secret = true},
      {.name = "imds_endpoint", .default_value = "http://169.254.169.254", .help = "server that gives a machine its keys"},
  };
}

}  // namespace

const std::vector<OptionSpec>& s3_option_specs() {
  static const std::vector<OptionSpec> kAll = [] {
    std::vector<OptionSpec> all = with_http_options(of_objects());
    std::ranges::move(of_keys(), std::back_inserter(all));
    return all;
  }();
  return kAll;
}

}  // namespace holdfast
