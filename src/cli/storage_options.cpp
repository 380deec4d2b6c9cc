#include "storage_options.hpp"

#include <array>
#include <utility>

#include "session.hpp"

namespace holdfast::cli {

namespace {

// The later of two for one option counts only if the earlier is not set.
constexpr std::array<std::pair<const char*, const char*>, 18> kOptionOf = {{
    {"AWS_REGION", "region"},
    {"AWS_DEFAULT_REGION", "region"},
    {"AWS_ENDPOINT_URL_S3", "endpoint"},
    {"AWS_ENDPOINT_URL", "endpoint"},
    {"AWS_ENDPOINT_URL_STS", "sts_endpoint"},
    {"AWS_CA_BUNDLE", "ca_file"},
    {"AWS_PROFILE", "profile"},
    {"AWS_SHARED_CREDENTIALS_FILE", "credentials_file"},
    {"AWS_ROLE_ARN", "role_arn"},
    {"AWS_ROLE_SESSION_NAME", "role_session_name"},
    {"AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file"},
    {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "container_credentials_uri"},
    {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "container_token"},
    {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "container_token_file"},
    {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "imds_endpoint"},
    {"AWS_ACCESS_KEY_ID", "access_key_id"},
    {"AWS_SECRET_ACCESS_KEY", "secret_access_key"},
    {"AWS_SESSION_TOKEN", "session_token"},
}};
// ECS names its endpoint by a path on this address.
constexpr const char* kContainerHost = "http://169.254.170.2";

bool is_key(const std::string& option) { return option == "access_key_id" || option == "secret_access_key" || option == "session_token"; }

void add_aws(Options& options, const std::string& uri, const Environment& environment) {
  const auto said = [&](const std::string& option) {
    return options.contains(option) || uri.find("?" + option + "=") != std::string::npos ||
           uri.find("&" + option + "=") != std::string::npos;
  };
  // Half of one pair of keys and half of another open nothing.
  const bool other_keys = said("access_key_id") || said("profile") || said("credentials");
  for (const auto& [variable, option] : kOptionOf) {
    const auto value = environment.aws.find(variable);
    if (value != environment.aws.end() && !said(option) && !(is_key(option) && other_keys)) options.emplace(option, value->second);
  }
  const auto relative = environment.aws.find("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  if (relative != environment.aws.end() && !said("container_credentials_uri"))
    options.emplace("container_credentials_uri", kContainerHost + relative->second);
  if (!environment.home.empty() && !said("credentials_file")) options.emplace("credentials_file", environment.home + "/.aws/credentials");
}

}  // namespace

Options storage_options(const std::string& uri, const std::vector<std::string>& pairs, const Environment& environment) {
  Options options = parse_pairs(pairs, "--storage-option");
  if (uri.starts_with("s3:")) add_aws(options, uri, environment);
  if (const auto cold = options.find("cold"); cold != options.end()) {
    for (const auto& [key, value] : storage_options(cold->second, {}, environment)) options.emplace("cold." + key, value);
  }
  return options;
}

}  // namespace holdfast::cli
