#include <algorithm>
#include <iterator>

#include "storage/http/http_options.hpp"
#include "storage/s3/s3_options.hpp"

namespace holdfast {

namespace {

constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kMostLockDays = 18'000;  // the service accepts locks of twice that

std::vector<OptionSpec> of_objects() {
  using enum OptionType;
  return {
      {.name = "endpoint", .help = "https://HOST[:PORT][/PATH] of a server other than AWS"},
      {.name = "region", .default_value = "us-east-1", .help = "region of the bucket; updated when the server names another"},
      {.name = "path_style", .type = boolean, .help = "use https://HOST/BUCKET/…; default: no on AWS, yes elsewhere"},
      {.name = "storage_class", .help = "storage class of new objects, for example STANDARD_IA; default: the bucket's"},
      {.name = "sse",
       .type = choice,
       .help = "encryption by the server; default: the bucket's",
       .choices = {"AES256", "aws:kms", "aws:kms:dsse"}},
      {.name = "sse_kms_key_id", .help = "key for aws:kms"},
      {.name = "tags", .help = "tags of new objects: team=shop&tier=backup, at most 10, percent-encoded"},
      {.name = "object_lock", .type = choice, .help = "lock new objects against removal", .choices = {"governance", "compliance"}},
      {.name = "lock_days",
       .type = integer,
       .help = "shortest time that a backup stays locked, in days",
       .minimum = 1,
       .maximum = kMostLockDays},
      {.name = "as_of", .help = "a time: read the bucket as it was then, and change nothing"},
      {.name = "create_only",
       .type = choice,
       .default_value = "probe",
       .help = "whether the server honours If-None-Match: *",
       .choices = {"probe", "yes", "no"}},
      {.name = "part_size",
       .type = size,
       .default_value = "8M",
       .help = "size of the first parts of a multipart upload",
       .minimum = 5 * kMiB,
       .maximum = 5 * 1024 * kMiB},
      {.name = "max_parts",
       .type = integer,
       .default_value = "10000",
       .help = "most parts per object that the server accepts",
       .minimum = 9,
       .maximum = 10'000},
      {.name = "parallel_parts",
       .type = integer,
       .default_value = "4",
       .help = "parts of one object that are sent in parallel",
       .minimum = 1,
       .maximum = 64},
      {.name = "memory",
       .type = size,
       .default_value = "128M",
       .help = "memory for parts being sent, over all objects",
       .maximum = std::int64_t{1} << 40},
  };
}

std::vector<OptionSpec> of_keys() {
  using enum OptionType;
  return {
      {.name = "credentials",
       .type = choice,
       .default_value = "auto",
       .help = "source of the keys; auto uses the first that is configured",
       .choices = {"auto", "static", "web_identity", "profile", "container", "imds", "anonymous"}},
      {.name = "access_key_id", .help = "id of a static key"},
      {.name = "secret_access_key", .help = "secret of the static key", .secret = true},
      {.name = "session_token", .help = "token of the static key, if it is temporary", .secret = true},
      {.name = "credentials_file", .help = "file with profiles, as ~/.aws/credentials"},
      {.name = "config_file", .help = "file with profiles, as ~/.aws/config"},
      {.name = "profile", .default_value = "default", .help = "profile to use from these files"},
      {.name = "role_arn", .help = "role of the web identity"},
      {.name = "role_session_name", .default_value = "holdfast", .help = "name of the web identity's sessions"},
      {.name = "web_identity_token_file", .help = "file with the web identity's token, read at each refresh"},
      {.name = "sts_endpoint", .help = "https://HOST[:PORT] of STS, which issues keys for roles; default: the region's"},
      {.name = "container_credentials_uri", .help = "URL that issues a container's keys"},
      {.name = "container_token_file", .help = "file with the token for that URL"},
      {.name = "container_token", .help = "token for that URL, instead of a file", .secret = true},
      {.name = "imds_endpoint", .default_value = "http://169.254.169.254", .help = "server that issues a machine's keys"},
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
