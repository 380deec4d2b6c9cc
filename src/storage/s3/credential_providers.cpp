#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "storage/http/credential_client.hpp"
#include "storage/s3/credentials.hpp"
#include "storage/s3/profile_keys.hpp"
#include "storage/s3/remote_keys.hpp"
#include "storage/s3/s3_xml.hpp"

namespace holdfast {

namespace {

using Found = std::optional<AwsCredentials>;

class StaticKeys final : public CredentialProvider<AwsKeys> {
 public:
  explicit StaticKeys(const S3KeyOptions& options) : options_(options) {}
  std::string name() const override { return "the options"; }
  Found fetch() override {
    if (options_.access_key_id.empty()) return std::nullopt;
    return AwsCredentials{{options_.access_key_id, options_.secret_access_key, options_.session_token}, std::nullopt};
  }

 private:
  S3KeyOptions options_;
};

/// A token that the platform wrote to a file, exchanged for keys at STS. Reads the file each time, because the platform
/// rotates it.
class WebIdentityKeys final : public RemoteKeys {
 public:
  WebIdentityKeys(const S3Options& options, const HttpWorld& world)
      : RemoteKeys(options.http, options.retry, world), options_(options.keys), endpoint_(sts_endpoint(options)) {}
  std::string name() const override { return "web identity"; }
  Found fetch() override {
    if (options_.web_identity_token_file.empty() || options_.role_arn.empty()) return std::nullopt;
    const Secret token = read_secret_file(options_.web_identity_token_file);
    const std::string form = web_identity_form(options_.role_arn, options_.role_session_name, token);
    const HttpResponse response = ask({.method = "POST",
                                       .url = endpoint_ + "/",
                                       .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                                       .body = as_bytes(form)});
    if (response.status != 200) refuse("STS answers " + std::to_string(response.status) + " " + parse_fault(response.body).code);
    return parse_assumed_role(response.body);
  }

 private:
  S3KeyOptions options_;
  std::string endpoint_;
};

/// The base of sources whose answers are JSON.
class JsonKeys : public RemoteKeys {
 protected:
  using RemoteKeys::RemoteKeys;
  AwsCredentials keys_in(const HttpResponse& response) const {
    auto keys = parse_key_json(response.body, "Token");
    if (!keys) refuse("its answer holds none");
    return *std::move(keys);
  }
};

/// The endpoint that ECS and EKS provide to a container.
class ContainerKeys final : public JsonKeys {
 public:
  ContainerKeys(const S3Options& options, const HttpWorld& world) : JsonKeys(options.http, options.retry, world), options_(options.keys) {}
  std::string name() const override { return "the container's endpoint"; }
  Found fetch() override {
    if (options_.container_credentials_uri.empty()) return std::nullopt;
    HttpRequest request{.url = options_.container_credentials_uri};
    const Secret token = options_.container_token_file.empty() ? options_.container_token : read_secret_file(options_.container_token_file);
    if (!token.empty()) request.headers.emplace_back("authorization", as_text(token.bytes()));
    const HttpResponse response = ask(request);
    if (response.status != 200) refuse("it answers " + std::to_string(response.status));
    return keys_in(response);
  }

 private:
  S3KeyOptions options_;
};

/// The machine's own role, through version 2 of the metadata service. Not set up if the service does not answer.
class InstanceKeys final : public JsonKeys {
 public:
  InstanceKeys(const S3Options& options, const HttpWorld& world)
      : JsonKeys({.connect_timeout = std::chrono::seconds(1), .stall_timeout = std::chrono::seconds(5)},
                 {.longest = std::chrono::seconds(1),
                  .total = std::min(options.retry.total, std::chrono::milliseconds(options.keys.source == "imds" ? 10'000 : 2'000))},
                 world),
        endpoint_(options.keys.imds_endpoint),
        required_(options.keys.source == "imds") {}
  std::string name() const override { return "the instance's metadata"; }
  Found fetch() override {
    HttpHeaders headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}};
    HttpResponse token;
    try {
      token = ask({.method = "PUT", .url = endpoint_ + "/latest/api/token", .headers = headers});
    } catch (const Error& error) {
      if (required_ || error.code() == ErrorCode::cancelled) throw error.with_context("can't get credentials from " + name());
      return std::nullopt;
    }
    if (token.status != 200) refuse("the request for a token got the answer " + std::to_string(token.status));
    headers = {{"x-aws-ec2-metadata-token", std::string(as_text(token.body))}};
    const std::string path = endpoint_ + "/latest/meta-data/iam/security-credentials/";
    const HttpResponse role = ask({.url = path, .headers = headers});
    if (role.status == 404) return std::nullopt;  // a machine without a role
    if (role.status != 200) refuse("the request for the role got the answer " + std::to_string(role.status));
    const std::string_view text = as_text(role.body);
    const HttpResponse keys = ask({.url = path + percent_encode(text.substr(0, text.find_first_of("\r\n"))), .headers = headers});
    if (keys.status != 200) refuse("the request for keys got the answer " + std::to_string(keys.status));
    return keys_in(keys);
  }

 private:
  std::string endpoint_;
  bool required_;
};

/// Returns the keys of the source that a profile names as its credential_source.
AwsCredentials keys_of_source(S3Options options, const HttpWorld& world, const std::string& source) {
  std::unique_ptr<CredentialProvider<AwsKeys>> provider;
  options.keys.source = "imds";  // it must answer
  if (source == "Environment") provider = std::make_unique<StaticKeys>(options.keys);
  if (source == "EcsContainer") provider = std::make_unique<ContainerKeys>(options, world);
  if (source == "Ec2InstanceMetadata") provider = std::make_unique<InstanceKeys>(options, world);
  if (!provider) throw Error(ErrorCode::unauthenticated, "can't use credential_source = " + source + " of a profile: it is not known");
  auto keys = provider->fetch();
  if (!keys) throw Error(ErrorCode::unauthenticated, "the credential_source of a profile, " + source + ", has no keys");
  return *std::move(keys);
}

}  // namespace

CredentialProviders<AwsKeys> credential_providers(const S3Options& options, const HttpWorld& world) {
  CredentialProviders<AwsKeys> providers;
  const std::string& source = options.keys.source;
  const auto wanted = [&](std::string_view name) { return source == "auto" || source == name; };
  if (wanted("static")) providers.push_back(std::make_unique<StaticKeys>(options.keys));
  if (wanted("web_identity")) providers.push_back(std::make_unique<WebIdentityKeys>(options, world));
  if (wanted("profile"))
    providers.push_back(
        profile_keys(options, world, [options, world](const std::string& name) { return keys_of_source(options, world, name); }));
  if (wanted("container")) providers.push_back(std::make_unique<ContainerKeys>(options, world));
  // Not for compatible servers: their users expect no request to a metadata service.
  if (source == "imds" || (source == "auto" && options.endpoint.empty()))
    providers.push_back(std::make_unique<InstanceKeys>(options, world));
  return providers;
}

}  // namespace holdfast
