#include "storage/s3/credentials.hpp"

#include <fstream>

#include "conformance/storage_suite.hpp"
#include "support/http_double.hpp"
#include "support/set_clock.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using Request = HttpDouble::Request;
using Response = HttpDouble::Response;

namespace {

std::string key_json(const std::string& id, const std::string& expires) {
  return R"({"Code":"Success","AccessKeyId":")" + id + R"(","SecretAccessKey":"canary-secret","Token":"canary-token","Expiration":")" +
         expires + "\"}";
}

struct Keys {
  explicit Keys(hf::Options options) {
    options.emplace("timeout", "1");
    cache.emplace(hf::credential_providers(hf::parse_s3_options("s3://bucket", options), {&clock, &hf::system_random()}), clock, "S3",
                  "give the options");
  }
  std::string id() { return cache->get().access_key_id; }
  SetClock clock;
  std::optional<hf::CredentialCache<hf::AwsKeys>> cache;
};

void write_file(const std::filesystem::path& path, const std::string& text) { std::ofstream(path) << text; }

void check_unauthenticated(Keys& keys, const char* why) {
  const hf::Error error = error_of([&] { keys.cache->get(); });
  check_error(error, hf::ErrorCode::unauthenticated, why);
  CHECK(error.message().find("canary") == std::string::npos);
}

}  // namespace

TEST_CASE("keys come from the first source that has any") {
  const TempDirectory folder;
  const std::string file = folder.path() / "credentials";
  write_file(
      file,
      "# ours\n[default]\naws_access_key_id=d\naws_secret_access_key = s\n[other]\n aws_access_key_id = o\naws_secret_access_key=x=y\n"
      "aws_session_token=t\n[half]\naws_access_key_id = h\n");
  const hf::Options base = {{"endpoint", "http://127.0.0.1:1"}, {"credentials_file", file}};
  const auto with = [&](hf::Options more) {
    more.insert(base.begin(), base.end());
    return more;
  };
  CHECK(Keys(with({{"access_key_id", "a"}, {"secret_access_key", "s"}})).id() == "a");
  CHECK(Keys(base).id() == "d");
  Keys other(with({{"profile", "other"}}));
  CHECK(other.id() == "o");
  CHECK(hf::as_text(other.cache->get().secret_access_key.bytes()) == "x=y");
  CHECK(hf::as_text(other.cache->get().session_token.bytes()) == "t");
  Keys half(with({{"profile", "half"}}));
  check_unauthenticated(half, "profile half");
  Keys none(hf::Options{{"endpoint", "http://127.0.0.1:1"}});
  check_unauthenticated(none, "the options");
}

TEST_CASE("an instance role's keys are fetched with a token, and again before they expire") {
  int fetched = 0;
  bool down = false;
  HttpDouble imds([&](const Request& request) {
    if (down) return Response{500, {}, ""};
    if (request.method == "PUT") {
      CHECK(request.target == "/latest/api/token");
      CHECK(request.header("x-aws-ec2-metadata-token-ttl-seconds") == "21600");
      return Response{200, {}, "tok"};
    }
    CHECK(request.header("x-aws-ec2-metadata-token") == "tok");
    if (request.target == "/latest/meta-data/iam/security-credentials/") return Response{200, {}, "the-role\n"};
    CHECK(request.target == "/latest/meta-data/iam/security-credentials/the-role");
    ++fetched;
    return Response{200, {}, key_json("id" + std::to_string(fetched), "2026-11-20T1" + std::to_string(2 + fetched) + ":00:00Z")};
  });
  Keys keys({{"credentials", "imds"}, {"imds_endpoint", imds.url()}});
  CHECK(keys.id() == "id1");
  keys.clock.time += std::chrono::minutes(54);
  CHECK(keys.id() == "id1");
  CHECK(fetched == 1);
  keys.clock.time += std::chrono::minutes(2);
  CHECK(keys.id() == "id2");
  keys.clock.time += std::chrono::minutes(60);
  down = true;
  CHECK(keys.id() == "id2");  // still valid for some minutes
  keys.clock.time += std::chrono::minutes(10);
  CHECK(error_of([&] { keys.id(); }).message().find("canary") == std::string::npos);
}

TEST_CASE("a missing metadata service is reported soon") {
  Keys keys({{"credentials", "imds"}, {"imds_endpoint", "http://127.0.0.1:1"}});
  CHECK_THROWS_AS(keys.cache->get(), hf::Error);
}

TEST_CASE("a container's endpoint is asked with its token") {
  const TempDirectory folder;
  write_file(folder.path() / "token", "canary-pod\n");
  HttpDouble endpoint([&](const Request& request) {
    if (request.header("authorization") != "canary-pod") return Response{403, {}, "canary"};
    return Response{200, {}, key_json("pod", "2026-11-20T13:00:00Z")};
  });
  Keys keys({{"container_credentials_uri", endpoint.url() + "/v1"},
             {"container_token_file", folder.path() / "token"},
             {"endpoint", "http://127.0.0.1:1"}});
  CHECK(keys.id() == "pod");
  Keys refused({{"container_credentials_uri", endpoint.url() + "/v1"}, {"container_token", "wrong"}, {"endpoint", "http://127.0.0.1:1"}});
  check_unauthenticated(refused, "403");
}

TEST_CASE("a web identity is exchanged at STS, with the token that its file has at that time") {
  const TempDirectory folder;
  const std::string file = folder.path() / "token";
  write_file(file, "first+token");
  HttpDouble sts([&](const Request& request) {
    const bool second = request.body.find("WebIdentityToken=second") != std::string::npos;
    CHECK((second || request.body.find("WebIdentityToken=first%2Btoken") != std::string::npos));
    CHECK(request.body.find("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr") != std::string::npos);
    CHECK(request.header("authorization").empty());
    return Response{200,
                    {},
                    std::string("<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>") +
                        (second ? "two" : "one") +
                        "</AccessKeyId><SecretAccessKey>canary</SecretAccessKey><SessionToken>t</SessionToken>"
                        "<Expiration>2026-11-20T13:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
                        "</AssumeRoleWithWebIdentityResponse>"};
  });
  Keys keys({{"role_arn", "arn:aws:iam::1:role/r"}, {"web_identity_token_file", file}, {"sts_endpoint", sts.url()}});
  CHECK(keys.id() == "one");
  write_file(file, "second");
  CHECK(keys.cache->renew(keys.cache->get()));  // like after "ExpiredToken"
  CHECK(keys.id() == "two");
}

TEST_CASE("keys that can't be renewed are distinguished from those that can") {
  Keys fixed({{"access_key_id", "a"}, {"secret_access_key", "s"}});
  CHECK_FALSE(fixed.cache->renew(fixed.cache->get()));
  const TempDirectory folder;
  const std::string file = folder.path() / "credentials";
  write_file(file, "[default]\naws_access_key_id=a\naws_secret_access_key=1\n");
  Keys rotated({{"credentials_file", file}, {"endpoint", "http://127.0.0.1:1"}});
  const hf::AwsKeys old = rotated.cache->get();
  write_file(file, "[default]\naws_access_key_id=b\naws_secret_access_key=2\n");
  CHECK(rotated.cache->renew(old));
  CHECK(rotated.id() == "b");
}
