#include "storage/azure/azure_credentials.hpp"

#include <algorithm>

#include "base/json_tree.hpp"
#include "base/uri.hpp"
#include "storage/http/bearer_token.hpp"
#include "storage/http/credential_client.hpp"

namespace holdfast {

namespace {

constexpr const char* kResource = "https://storage.azure.com/";

using Kind = AzureCredential::Kind;
using FoundCredential = std::optional<Expiring<AzureCredential>>;

class StaticSecret final : public CredentialProvider<AzureCredential> {
 public:
  explicit StaticSecret(const AzureKeyOptions& options) : options_(options) {}
  std::string name() const override { return "the options"; }
  FoundCredential fetch() override {
    if (!options_.account_key.empty()) return {{{Kind::shared_key, options_.account_key}, {}}};
    if (!options_.sas_token.empty()) return {{{Kind::sas, options_.sas_token}, {}}};
    if (!options_.token.empty()) return {{{Kind::token, options_.token}, {}}};
    return std::nullopt;
  }

 private:
  AzureKeyOptions options_;
};

/// Returns the code of an OAuth error, never its description, which may quote the request.
std::string oauth_error(ByteView body) {
  const std::optional<JsonTree> answer = try_parse_json_object(as_text(body));
  const std::string text = answer ? text_of(**answer, "error") : "";
  if (text.empty()) return "";
  const bool plain = text.size() < 60 && std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return plain ? " " + text : "";
}

class TokenPlace : public CredentialProvider<AzureCredential> {
 public:
  TokenPlace(const HttpOptions& http, const RetryTimes& policy, const HttpWorld& world)
      : client_(http, policy, world), clock_(*world.clock) {}

 protected:
  HttpResponse ask(HttpRequest request) { return client_.ask(std::move(request)); }
  FoundCredential read(const HttpResponse& response) const {
    if (response.status != 200) refuse("it answers " + std::to_string(response.status) + oauth_error(response.body));
    auto token = read_bearer_token(response.body, clock_.now());
    if (!token) refuse("its answer has no usable token");
    return {{{Kind::token, std::move(token->value.text)}, token->expires}};
  }
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorCode::unauthenticated, "can't get a token from " + name() + ": " + why);
  }

 private:
  CredentialClient client_;
  const Clock& clock_;
};

/// A token that the platform wrote to a file, exchanged at Entra ID. Reads the file each time, because the platform
/// rotates it.
class WorkloadIdentity final : public TokenPlace {
 public:
  WorkloadIdentity(const AzureOptions& options, const HttpWorld& world)
      : TokenPlace(options.http, options.retry, world), options_(options.keys) {}
  std::string name() const override { return "the workload identity"; }
  FoundCredential fetch() override {
    if (options_.federated_token_file.empty()) return std::nullopt;
    if (options_.client_id.empty() || options_.tenant_id.empty())
      refuse("federated_token_file needs client_id and tenant_id (AZURE_CLIENT_ID, AZURE_TENANT_ID)");
    const Secret assertion = read_secret_file(options_.federated_token_file);
    const std::string form = "grant_type=client_credentials&client_id=" + percent_encode(options_.client_id) +
                             "&client_assertion_type=" + percent_encode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") +
                             "&client_assertion=" + percent_encode(as_text(assertion.bytes())) +
                             "&scope=" + percent_encode(std::string(kResource) + ".default");
    return read(ask({.method = "POST",
                     .url = options_.authority_host + "/" + percent_encode(options_.tenant_id) + "/oauth2/v2.0/token",
                     .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                     .body = as_bytes(form)}));
  }

 private:
  AzureKeyOptions options_;
};

/// This machine's identity, from its metadata service. Not set up if the service does not answer or knows no identity.
class ManagedIdentity final : public TokenPlace {
 public:
  ManagedIdentity(const AzureOptions& options, const HttpWorld& world)
      : TokenPlace({.connect_timeout = std::chrono::seconds(1), .stall_timeout = std::chrono::seconds(5)},
                   {.longest = std::chrono::seconds(1),
                    .total = std::min(options.retry.total, std::chrono::milliseconds(is_required(options) ? 10'000 : 2'000))},
                   world),
        options_(options.keys),
        required_(is_required(options)) {}
  std::string name() const override { return "the managed identity"; }
  FoundCredential fetch() override {
    std::string url =
        options_.imds_endpoint + "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=" + percent_encode(kResource);
    if (!options_.client_id.empty()) url += "&client_id=" + percent_encode(options_.client_id);
    HttpResponse response;
    try {
      response = ask({.url = url, .headers = {{"metadata", "true"}}});
    } catch (const Error& error) {
      if (required_ || error.code() == ErrorCode::cancelled) throw error.with_context("can't get a token from " + name());
      return std::nullopt;
    }
    const bool has_none = response.status == 400 || response.status == 404;  // "Identity not found", and services of other clouds
    if (has_none && !required_) return std::nullopt;
    return read(response);
  }

 private:
  static bool is_required(const AzureOptions& options) { return options.keys.source == "managed_identity"; }

  AzureKeyOptions options_;
  bool required_;
};

}  // namespace

bool AzureCredential::operator==(const AzureCredential& other) const noexcept {
  return kind == other.kind && std::ranges::equal(secret.bytes(), other.secret.bytes());
}

CredentialProviders<AzureCredential> azure_credential_providers(const AzureOptions& options, const HttpWorld& world) {
  CredentialProviders<AzureCredential> providers;
  const std::string& source = options.keys.source;
  const auto wanted = [&](std::string_view name) { return source == "auto" || source == name; };
  if (wanted("static")) providers.push_back(std::make_unique<StaticSecret>(options.keys));
  if (wanted("workload_identity")) providers.push_back(std::make_unique<WorkloadIdentity>(options, world));
  // Not for compatible servers: their users expect no request to a metadata service.
  if (source == "managed_identity" || (source == "auto" && !options.endpoint_given))
    providers.push_back(std::make_unique<ManagedIdentity>(options, world));
  return providers;
}

}  // namespace holdfast
