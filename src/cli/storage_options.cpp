#include "storage_options.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "session.hpp"

namespace holdfast::cli {

namespace {

// If two variables set one option, the later one counts only if the earlier one is not set.
constexpr std::array<std::pair<const char*, const char*>, 20> kOptionOf = {{
    {"AWS_REGION", "region"},
    {"AWS_DEFAULT_REGION", "region"},
    {"AWS_ENDPOINT_URL_S3", "endpoint"},
    {"AWS_ENDPOINT_URL", "endpoint"},
    {"AWS_ENDPOINT_URL_STS", "sts_endpoint"},
    {"AWS_CA_BUNDLE", "ca_file"},
    {"AWS_PROFILE", "profile"},
    {"AWS_DEFAULT_PROFILE", "profile"},
    {"AWS_SHARED_CREDENTIALS_FILE", "credentials_file"},
    {"AWS_CONFIG_FILE", "config_file"},
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
// ECS gives the path of its endpoint on this address.
constexpr const char* kContainerHost = "http://169.254.170.2";

bool is_key(const std::string& option) { return option == "access_key_id" || option == "secret_access_key" || option == "session_token"; }

constexpr std::array<std::pair<const char*, const char*>, 4> kAzureOptionOf = {{
    {"AZURE_CLIENT_ID", "client_id"},
    {"AZURE_TENANT_ID", "tenant_id"},
    {"AZURE_FEDERATED_TOKEN_FILE", "federated_token_file"},
    {"AZURE_AUTHORITY_HOST", "authority_host"},
}};
// The first that is set counts, as in Azure's own command.
constexpr std::array<std::pair<const char*, const char*>, 3> kAzureSecrets = {{
    {"AZURE_STORAGE_CONNECTION_STRING", "connection_string"},
    {"AZURE_STORAGE_KEY", "account_key"},
    {"AZURE_STORAGE_SAS_TOKEN", "sas_token"},
}};

/// Adds options from the environment, unless the options or the URI set them.
class Additions {
 public:
  Additions(Options& options, const std::string& uri, const Environment& environment)
      : options_(options), uri_(uri), variables_(environment.cloud) {}

  bool said(const std::string& option) const {
    return options_.contains(option) || uri_.find("?" + option + "=") != std::string::npos ||
           uri_.find("&" + option + "=") != std::string::npos;
  }
  /// Empty if it is not set.
  std::string variable(const std::string& name) const {
    const auto found = variables_.find(name);
    return found == variables_.end() ? "" : found->second;
  }
  void add(const std::string& option, const std::string& value) {
    if (!value.empty() && !said(option)) options_.emplace(option, value);
  }

 private:
  Options& options_;
  const std::string& uri_;
  const std::map<std::string, std::string>& variables_;
};

void add_aws(Additions additions, const std::string& home) {
  // Don't mix halves of two pairs of keys.
  const bool other_keys = additions.said("access_key_id") || additions.said("profile") || additions.said("credentials");
  for (const auto& [variable, option] : kOptionOf)
    if (!(is_key(option) && other_keys)) additions.add(option, additions.variable(variable));
  const std::string relative = additions.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  if (!relative.empty()) additions.add("container_credentials_uri", kContainerHost + relative);
  if (home.empty()) return;
  additions.add("credentials_file", home + "/.aws/credentials");
  additions.add("config_file", home + "/.aws/config");
}

/// Returns the origin of "HOST:PORT", the form of programs for Google Cloud, or of a URL.
std::string as_origin(const std::string& host) { return host.empty() || host.find("://") != std::string::npos ? host : "http://" + host; }

void add_google(Additions additions, const std::string& home) {
  const std::string emulator = as_origin(additions.variable("STORAGE_EMULATOR_HOST"));
  if (!emulator.empty() && !additions.said("endpoint")) {
    additions.add("endpoint", emulator);
    if (!additions.said("token") && !additions.said("credentials_file")) additions.add("credentials", "anonymous");
  }
  additions.add("metadata_host", as_origin(additions.variable("GCE_METADATA_HOST")));
  additions.add("credentials_file", additions.variable("GOOGLE_APPLICATION_CREDENTIALS"));
  std::string configuration = additions.variable("CLOUDSDK_CONFIG");
  if (configuration.empty() && !home.empty()) configuration = home + "/.config/gcloud";
  if (!configuration.empty()) additions.add("credentials_file", configuration + "/application_default_credentials.json");
}

void add_azure(Additions additions) {
  for (const auto& [variable, option] : kAzureOptionOf) additions.add(option, additions.variable(variable));
  const auto said = [&](const char* option) { return additions.said(option); };
  const bool other = std::ranges::any_of(std::array{"connection_string", "account_key", "sas_token", "token", "credentials"}, said);
  for (const auto& [variable, option] : kAzureSecrets) {
    const std::string value = other ? "" : additions.variable(variable);
    if (value.empty()) continue;
    additions.add(option, value);
    break;
  }
  // A connection string already names the account.
  if (!additions.said("connection_string")) additions.add("account_name", additions.variable("AZURE_STORAGE_ACCOUNT"));
}

}  // namespace

Options storage_options(const std::string& uri, const std::vector<std::string>& pairs, const Environment& environment) {
  Options options = parse_pairs(pairs, "--storage-option");
  if (uri.starts_with("s3:")) add_aws({options, uri, environment}, environment.home);
  if (uri.starts_with("azblob:")) add_azure({options, uri, environment});
  if (uri.starts_with("gs:")) add_google({options, uri, environment}, environment.home);
  if (const auto cold = options.find("cold"); cold != options.end()) {
    for (const auto& [key, value] : storage_options(cold->second, {}, environment)) options.emplace("cold." + key, value);
  }
  return options;
}

}  // namespace holdfast::cli
