#include "storage/azure/azure_credentials.hpp"

#include <fstream>

#include "conformance/storage_suite.hpp"
#include "support/http_double.hpp"
#include "support/set_clock.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using Request = HttpDouble::Request;
using Response = HttpDouble::Response;
using Kind = hf::AzureCredential::Kind;

namespace {

struct Credentials {
  explicit Credentials(hf::Options options) {
    options.merge(hf::Options{{"timeout", "1"}, {"account_name", "shop"}});
    const hf::AzureOptions parsed = hf::parse_azure_options("azblob://container", options);
    cache.emplace(hf::azure_credential_providers(parsed, {&clock, &hf::system_random()}), clock, "Azure", "advice");
  }
  std::string secret() { return std::string(hf::as_text(cache->get().secret.bytes())); }
  SetClock clock;
  std::optional<hf::CredentialCache<hf::AzureCredential>> cache;
};

void check_refused(Credentials& credentials, const char* why) {
  const hf::Error error = error_of([&] { credentials.cache->get(); });
  check_error(error, hf::ErrorCode::unauthenticated, why);
  CHECK_MESSAGE(error.message().find("canary") == std::string::npos, error.message());
}

}  // namespace

TEST_CASE("credentials in the options come first, and keep their kind") {
  const auto kind = [](const hf::Options& options) { return Credentials(options).cache->get().kind; };
  CHECK(kind({{"account_key", "a2V5"}}) == Kind::shared_key);
  CHECK(kind({{"sas_token", "sv=1&sig=x"}}) == Kind::sas);
  CHECK(kind({{"token", "t"}}) == Kind::token);
  Credentials none(hf::Options{{"endpoint", "http://127.0.0.1:1"}});
  check_refused(none, "nothing found in the options, the workload identity");
}

TEST_CASE("a managed identity's token is requested in the metadata service's form, and again before it expires") {
  int fetched = 0;
  bool down = false;
  HttpDouble imds([&](const Request& request) {
    if (down) return Response{500, {}, "canary"};
    CHECK(request.header("metadata") == "true");
    CHECK(request.target ==
          "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fstorage.azure.com%2F&client_id=one");
    ++fetched;
    return Response{200,
                    {},
                    R"({"access_token":"t)" + std::to_string(fetched) +
                        R"(","client_id":"one","expires_in":"3600","expires_on":"1506484173","ext_expires_in":"3600",)"
                        R"("not_before":"1506480273","resource":"https://storage.azure.com/","token_type":"Bearer"})"};
  });
  Credentials credentials({{"credentials", "managed_identity"}, {"imds_endpoint", imds.url()}, {"client_id", "one"}});
  CHECK(credentials.secret() == "t1");
  credentials.clock.time += std::chrono::minutes(54);
  CHECK(credentials.secret() == "t1");
  credentials.clock.time += std::chrono::minutes(2);
  CHECK(credentials.secret() == "t2");
  credentials.clock.time += std::chrono::minutes(57);
  down = true;
  CHECK(credentials.secret() == "t2");  // still valid for some minutes
  credentials.clock.time += std::chrono::minutes(10);
  check_refused(credentials, "500");
}

TEST_CASE("answers of a metadata service without a token are reported, with their error's code only") {
  Response answer;
  HttpDouble imds([&](const Request&) { return answer; });
  const auto check_said = [&](const Response& response, const char* why) {
    answer = response;
    Credentials credentials({{"credentials", "managed_identity"}, {"imds_endpoint", imds.url()}});
    check_refused(credentials, why);
  };
  check_said({400, {}, R"({"error":"invalid_request","error_description":"Identity not found canary"})"}, "400 invalid_request");
  check_said({200, {}, R"({"access_token":""})"}, "no usable token");
  check_said({200, {}, R"({"access_token":"canary\r\nx: y","expires_in":1})"}, "no usable token");
  check_said({200, {}, R"({"access_token":"canary","expires_in":"soon"})"}, "no usable token");
  check_said({200, {}, "<html>canary</html>"}, "no usable token");
  check_said({200, {}, "[]"}, "no usable token");
}

TEST_CASE("a machine without managed identity counts as not set up, unless it was requested") {
  Credentials asked({{"credentials", "managed_identity"}, {"imds_endpoint", "http://127.0.0.1:1"}});
  CHECK_THROWS_AS(asked.cache->get(), hf::Error);
  HttpDouble imds([](const Request&) { return Response{400, {}, R"({"error":"invalid_request"})"}; });
  Credentials offered(hf::Options{{"imds_endpoint", imds.url()}});
  check_refused(offered, "the managed identity; advice");
}

TEST_CASE("a workload identity's token is read from its file for each exchange") {
  const TempDirectory folder;
  const std::string file = folder.path() / "token";
  const auto write = [&](const char* text) { std::ofstream(file) << text; };
  write("first.canary\n");
  HttpDouble entra([&](const Request& request) {
    CHECK(request.method == "POST");
    CHECK(request.target == "/tenant/oauth2/v2.0/token");
    CHECK(request.header("content-type") == "application/x-www-form-urlencoded");
    CHECK(request.body.find("grant_type=client_credentials&client_id=app&") == 0);
    CHECK(request.body.find("&scope=https%3A%2F%2Fstorage.azure.com%2F.default") != std::string::npos);
    CHECK(request.body.find("jwt-bearer") != std::string::npos);
    const bool second = request.body.find("client_assertion=second.canary&") != std::string::npos;
    if (request.body.find("client_assertion=refused") != std::string::npos)
      return Response{401, {}, R"({"error":"invalid_client","error_description":"AADSTS70021: refused.canary"})"};
    CHECK((second || request.body.find("client_assertion=first.canary&") != std::string::npos));
    return Response{
        200, {}, std::string(R"({"token_type":"Bearer","expires_in":3599,"access_token":")") + (second ? "two" : "one") + "\"}"};
  });
  const hf::Options options = {
      {"authority_host", entra.url()}, {"client_id", "app"}, {"tenant_id", "tenant"}, {"federated_token_file", file}};
  Credentials credentials(options);
  CHECK(credentials.secret() == "one");
  write("second.canary");
  CHECK(credentials.cache->renew(credentials.cache->get()));
  CHECK(credentials.secret() == "two");
  write("refused.canary");
  Credentials refused(options);
  check_refused(refused, "401 invalid_client");
  Credentials half(hf::Options{{"federated_token_file", file}});
  check_refused(half, "AZURE_TENANT_ID");
}
