#include "storage/gcs/gcs_credentials.hpp"

#include <algorithm>
#include <filesystem>

#include "base/base64.hpp"
#include "base/json_tree.hpp"
#include "base/json_writer.hpp"
#include "base/rsa.hpp"
#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "storage/http/credential_client.hpp"
#include "storage/http/url.hpp"

namespace holdfast {

namespace {

constexpr const char* kTokenUri = "https://oauth2.googleapis.com/token";
constexpr const char* kTokenPath = "/computeMetadata/v1/instance/service-accounts/default/token";
constexpr std::chrono::hours kAssertionLife{1};

using FoundToken = std::optional<Expiring<BearerToken>>;

class GivenToken final : public BearerTokenProvider {
 public:
  explicit GivenToken(const Secret& token) : token_{token} {}
  std::string name() const override { return "the options"; }
  FoundToken fetch() override {
    if (token_.text.empty()) return std::nullopt;
    return Expiring<BearerToken>{token_, std::nullopt};
  }

 private:
  BearerToken token_;
};

/// A JSON file: a service account's key, or the result of a user's log-in. Reads it at each fetch, because it may be
/// replaced.
class FileTokens final : public BearerTokenProvider {
 public:
  FileTokens(const GcsOptions& options, const HttpWorld& world)
      : file_(options.keys.credentials_file),
        scope_(options.keys.scope),
        client_(options.http, options.retry, world),
        clock_(*world.clock) {}
  std::string name() const override { return file_.empty() ? "no credentials file" : "the credentials file " + file_; }

  FoundToken fetch() override {
    std::error_code ignored;
    if (file_.empty() || !std::filesystem::exists(file_, ignored)) return std::nullopt;
    const Secret text = read_secret_file(file_);
    const std::optional<JsonTree> tree = try_parse_json_object(as_text(text.bytes()));
    if (!tree) refuse("it holds no JSON object");
    const nlohmann::json& key = **tree;
    const std::string type = text_of(key, "type");
    if (type == "service_account") return exchange(key, assertion_form(key));
    if (type == "authorized_user") return exchange(key, refresh_form(key));
    refuse("its type is '" + type.substr(0, 40) + "'; service_account and authorized_user can be used");
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const { throw Error(ErrorCode::unauthenticated, "can't use " + name() + ": " + why); }

  std::string required(const nlohmann::json& key, const char* field) const {
    std::string text = text_of(key, field);
    if (text.empty()) refuse(std::string("it has no ") + field);
    return text;
  }

  static std::string token_uri(const nlohmann::json& key) {
    const std::string given = text_of(key, "token_uri");
    return given.empty() ? kTokenUri : given;
  }

  std::string assertion_form(const nlohmann::json& key) const {
    const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
    JsonWriter header;
    header.begin_object();
    header.member("alg", "RS256");
    header.member("typ", "JWT");
    header.member("kid", text_of(key, "private_key_id"));
    header.end_object();
    JsonWriter claims;
    claims.begin_object();
    claims.member("iss", required(key, "client_email"));
    claims.member("scope", scope_);
    claims.member("aud", token_uri(key));
    claims.member("iat", now);
    claims.member("exp", now + std::chrono::seconds(kAssertionLife).count());
    claims.end_object();
    const std::string message = to_base64url(as_bytes(header.text())) + "." + to_base64url(as_bytes(claims.text()));
    const Secret pem{std::string_view(required(key, "private_key"))};
    try {
      const Bytes signature = sign_rs256(pem.bytes(), as_bytes(message));
      return "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + message + "." + to_base64url(signature);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::invalid_argument) throw;
      refuse("its private_key can't be read: " + error.message());
    }
  }

  std::string refresh_form(const nlohmann::json& key) const {
    std::string form = "grant_type=refresh_token";
    for (const char* field : {"client_id", "client_secret", "refresh_token"})
      form += std::string("&") + field + "=" + percent_encode(required(key, field));
    return form;
  }

  FoundToken exchange(const nlohmann::json& key, const std::string& form) {
    const std::string uri = token_uri(key);
    const HttpResponse response = client_.ask(
        {.method = "POST", .url = uri, .headers = {{"content-type", "application/x-www-form-urlencoded"}}, .body = as_bytes(form)});
    if (response.status != 200) {
      const std::optional<JsonTree> said = try_parse_json_object(as_text(response.body));
      const std::string code = said ? text_of(**said, "error").substr(0, 60) : "";
      refuse(parse_url(uri).host_and_port() + " answers " + std::to_string(response.status) + (code.empty() ? "" : " " + code) +
             (code == "invalid_grant" ? ": the key is wrong or was revoked, or this machine's clock is off" : ""));
    }
    auto token = read_bearer_token(response.body, clock_.now());
    if (!token) refuse("the answer of " + parse_url(uri).host_and_port() + " holds no token");
    return token;
  }

  std::string file_, scope_;
  CredentialClient client_;
  const Clock& clock_;
};

/// The service account of this machine, pod or function. Not set up if the metadata server does not answer.
class MetadataTokens final : public BearerTokenProvider {
 public:
  MetadataTokens(const GcsOptions& options, const HttpWorld& world)
      : url_(options.keys.metadata_host + kTokenPath),
        required_(options.keys.source == "metadata"),
        client_({.connect_timeout = std::chrono::seconds(1), .stall_timeout = std::chrono::seconds(5)},
                {.longest = std::chrono::seconds(1),
                 .total = std::min(options.retry.total, std::chrono::milliseconds(required_ ? 10'000 : 2'000))},
                world),
        clock_(*world.clock) {}
  std::string name() const override { return "the metadata server"; }

  FoundToken fetch() override {
    HttpResponse response;
    try {
      response = client_.ask({.url = url_, .headers = {{"metadata-flavor", "Google"}}});
    } catch (const Error& error) {
      if (required_ || error.code() == ErrorCode::cancelled) throw error.with_context("can't get a token from " + name());
      return std::nullopt;
    }
    // Without this field, another server answers at that address.
    if (response.header("metadata-flavor") != "Google") {
      if (required_) refuse("another server answers at its address");
      return std::nullopt;
    }
    if (response.status == 404) return std::nullopt;  // a machine without a service account
    if (response.status != 200) refuse("it answers " + std::to_string(response.status));
    auto token = read_bearer_token(response.body, clock_.now());
    if (!token) refuse("its answer holds none");
    return token;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorCode::unauthenticated, "can't get a token from " + name() + ": " + why);
  }

  std::string url_;
  bool required_;
  CredentialClient client_;
  const Clock& clock_;
};

}  // namespace

BearerTokenProviders gcs_token_providers(const GcsOptions& options, const HttpWorld& world) {
  BearerTokenProviders providers;
  const std::string& source = options.keys.source;
  const auto wanted = [&](std::string_view name) { return source == "auto" || source == name; };
  if (wanted("token")) providers.push_back(std::make_unique<GivenToken>(options.keys.token));
  if (wanted("file")) providers.push_back(std::make_unique<FileTokens>(options, world));
  // Not for compatible servers: their users expect no request to a metadata service.
  if (source == "metadata" || (source == "auto" && !options.own_endpoint))
    providers.push_back(std::make_unique<MetadataTokens>(options, world));
  return providers;
}

}  // namespace holdfast
