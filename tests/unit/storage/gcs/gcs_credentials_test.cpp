#include "storage/gcs/gcs_credentials.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "conformance/storage_suite.hpp"
#include "support/http_double.hpp"
#include "support/set_clock.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using Request = HttpDouble::Request;
using Response = HttpDouble::Response;
using Json = nlohmann::json;

namespace {

struct Tokens {
  explicit Tokens(hf::Options options) {
    options.emplace("timeout", "1");
    options.emplace("endpoint", "http://127.0.0.1:1");
    cache.emplace(hf::gcs_token_providers(hf::parse_gcs_options("gs://bucket", options), {&clock, &hf::system_random()}), clock,
                  "Google Cloud Storage", "give one");
  }
  std::string token() { return std::string(hf::as_text(cache->get().text.bytes())); }
  SetClock clock;
  std::optional<hf::BearerTokenCache> cache;
};

std::string write_file(const TempDirectory& folder, const Json& content) {
  const std::string path = folder.path() / "key.json";
  std::ofstream(path) << content.dump();
  return path;
}

Response token_answer(const std::string& token) {
  return {200, {{"Metadata-Flavor", "Google"}}, Json{{"access_token", token}, {"expires_in", 3600}, {"token_type", "Bearer"}}.dump()};
}

void check_unauthenticated(Tokens& tokens, const char* why) {
  const hf::Error error = error_of([&] { tokens.cache->get(); });
  check_error(error, hf::ErrorCode::unauthenticated, why);
  CHECK(error.message().find("canary") == std::string::npos);
  CHECK(error.message().find('\n') == std::string::npos);
}

struct RsaKey {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  ~RsaKey() { EVP_PKEY_free(key); }
  std::string pem() const {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out, &text);
    std::string pem(text, static_cast<std::size_t>(size));
    BIO_free(out);
    return pem;
  }
  bool signed_by(std::string_view message, hf::ByteView signature) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool good = EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
                      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                                       reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
    EVP_MD_CTX_free(context);
    return good;
  }
};

hf::Bytes from_base64url(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.resize((text.size() + 3) / 4 * 4, '=');
  return hf::from_base64(text);
}

Json service_account(const RsaKey& key, const std::string& token_uri) {
  return {{"type", "service_account"},
          {"client_email", "backup@project.example"},
          {"private_key_id", "key-1"},
          {"private_key", key.pem()},
          {"token_uri", token_uri}};
}

}  // namespace

TEST_CASE("a service account's key is exchanged for tokens with a signed assertion, and again before they expire") {
  const RsaKey key;
  const TempDirectory folder;
  int fetched = 0;
  std::string assertion;
  HttpDouble endpoint([&](const Request& request) {
    CHECK(request.method == "POST");
    CHECK(request.header("content-type") == "application/x-www-form-urlencoded");
    const std::string form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    CHECK(request.body.starts_with(form));
    assertion = request.body.substr(form.size());
    return token_answer("token-" + std::to_string(++fetched));
  });
  Tokens tokens(hf::Options{{"credentials_file", write_file(folder, service_account(key, endpoint.url() + "/token"))}});
  CHECK(tokens.token() == "token-1");

  const std::size_t first = assertion.find('.'), last = assertion.rfind('.');
  CHECK(Json::parse(hf::as_text(from_base64url(assertion.substr(0, first)))) == Json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "key-1"}});
  const Json claims = Json::parse(hf::as_text(from_base64url(assertion.substr(first + 1, last - first - 1))));
  CHECK(claims["iss"] == "backup@project.example");
  CHECK(claims["aud"] == endpoint.url() + "/token");
  CHECK(claims["scope"] == "https://www.googleapis.com/auth/devstorage.read_write");
  CHECK(claims["iat"] == 1795176000);
  CHECK(claims["exp"] == 1795179600);
  CHECK(key.signed_by(assertion.substr(0, last), from_base64url(assertion.substr(last + 1))));

  tokens.clock.time += std::chrono::minutes(54);
  CHECK(tokens.token() == "token-1");
  tokens.clock.time += std::chrono::minutes(2);
  CHECK(tokens.token() == "token-2");
}

TEST_CASE("a refused or invalid key is reported in one line without secrets") {
  const RsaKey key;
  const TempDirectory folder;
  HttpDouble endpoint([&](const Request& request) {
    return Response{400, {}, Json{{"error", "invalid_grant"}, {"error_description", "canary " + request.body}}.dump()};
  });
  Json content = service_account(key, endpoint.url());
  const auto check = [&](const char* why) {
    Tokens tokens(hf::Options{{"credentials_file", write_file(folder, content)}});
    check_unauthenticated(tokens, why);
  };
  check("invalid_grant: the key is wrong or was revoked");
  content["private_key"] = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n";
  check("private_key can't be read");
  content.erase("private_key");
  check("it has no private_key");
  content["type"] = "external_account";
  check("external_account");
  std::ofstream(folder.path() / "key.json") << "canary";
  Tokens tokens(hf::Options{{"credentials_file", folder.path() / "key.json"}});
  check_unauthenticated(tokens, "no JSON object");
}

TEST_CASE("the file of a user's log-in is exchanged with its refresh token") {
  const TempDirectory folder;
  HttpDouble endpoint([&](const Request& request) {
    CHECK(request.body == "grant_type=refresh_token&client_id=id&client_secret=se%26cret&refresh_token=re%2Ffresh");
    return token_answer("token");
  });
  const Json left = {{"type", "authorized_user"},
                     {"client_id", "id"},
                     {"client_secret", "se&cret"},
                     {"refresh_token", "re/fresh"},
                     {"token_uri", endpoint.url()}};
  Tokens tokens(hf::Options{{"credentials_file", write_file(folder, left)}});
  CHECK(tokens.token() == "token");
}

TEST_CASE("the metadata server is asked in its form, and recognised by its answer") {
  bool google = true;
  HttpDouble metadata([&](const Request& request) {
    CHECK(request.target == "/computeMetadata/v1/instance/service-accounts/default/token");
    CHECK(request.header("metadata-flavor") == "Google");
    return google ? token_answer("token") : Response{200, {}, "<html>log in to this network, canary</html>"};
  });
  Tokens tokens({{"credentials", "metadata"}, {"metadata_host", metadata.url()}});
  CHECK(tokens.token() == "token");
  google = false;
  Tokens others({{"credentials", "metadata"}, {"metadata_host", metadata.url()}});
  check_unauthenticated(others, "another server answers at its address");
  Tokens nobody({{"credentials", "metadata"}, {"metadata_host", "http://127.0.0.1:1"}});
  CHECK(error_of([&] { nobody.cache->get(); }).message().find("the metadata server") != std::string::npos);
}

TEST_CASE("a given token is used unchanged, and missing credentials are reported") {
  Tokens given(hf::Options{{"token", "canary"}});
  CHECK(given.token() == "canary");
  CHECK_FALSE(given.cache->renew(given.cache->get()));
  Tokens none(hf::Options{{"credentials_file", "/not/there"}});
  check_unauthenticated(none, "nothing found in the options, the credentials file /not/there; give one");
}
