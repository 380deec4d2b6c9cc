// Keys that expire during use, a wrong clock, and the messages about wrong keys.
#include <fstream>

#include "conformance/storage_suite.hpp"
#include "storage/s3/s3_storage.hpp"
#include "support/parts_server.hpp"
#include "support/storage_server.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using Request = HttpDouble::Request;
using Response = HttpDouble::Response;

namespace {

constexpr int kRequestsPerKey = 3;

/// Gives out temporary keys in every way that a cloud does; each is valid for some requests only.
class KeyHouse {
 public:
  KeyHouse() : http_([this](const Request& request) { return give(request); }) {}

  std::string url() const { return http_.url(); }
  int given() const { return given_; }
  /// Returns the server's answer to a request whose key has expired; null if it is valid.
  std::optional<Response> gate(const Request& request) {
    CHECK(request.header("x-amz-security-token") == "canary-token");
    const std::string id = "Credential=id" + std::to_string(given_) + "/";
    const bool current = request.header("authorization").find(id) != std::string::npos;
    if (current && used_++ < kRequestsPerKey) return std::nullopt;
    ++refused;
    // An answer to HEAD has no body with the reason.
    if (request.method == "HEAD") return Response{400, {}, ""};
    return Response{400, {}, "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"};
  }
  std::atomic<int> refused{0};

 private:
  Response give(const Request& request) {
    if (request.method == "PUT") return {200, {}, "imds-token"};
    if (request.target == "/latest/meta-data/iam/security-credentials/") return {200, {}, "role"};
    used_ = 0;
    const std::string id = "id" + std::to_string(++given_);
    if (request.method == "POST")
      return {200,
              {},
              "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>" + id +
                  "</AccessKeyId><SecretAccessKey>canary-secret</SecretAccessKey><SessionToken>canary-token</SessionToken>"
                  "<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
                  "</AssumeRoleWithWebIdentityResponse>"};
    return {200,
            {},
            R"({"Code":"Success","AccessKeyId":")" + id +
                R"(","SecretAccessKey":"canary-secret","Token":"canary-token","Expiration":"2999-01-01T00:00:00Z"})"};
  }

  std::atomic<int> given_{0}, used_{0};
  HttpDouble http_;  // last, because its threads use the other members
};

void check_keys_end_mid_upload(const std::function<hf::Options(const KeyHouse&)>& keys) {
  KeyHouse house;
  PartsServer server({}, [&](const Request& request) { return house.gate(request); });
  hf::Options options = keys(house);
  options.merge(server.options());
  options.insert({{"part_size", "5M"}, {"timeout", "60"}});
  const auto storage = hf::open_storage("s3://bucket", options);
  const hf::Bytes bytes = random_bytes(4 * (5U << 20) + 1, 1);
  const auto writer = storage->open_writer("object");
  writer->write(bytes);
  writer->commit();
  const auto object = server.object("object");
  REQUIRE(object.has_value());
  CHECK(object->size == bytes.size());
  CHECK(object->parts.size() == 5);
  CHECK(house.given() >= 3);
  CHECK(house.refused >= 2);
}

class SkewedClock final : public hf::Clock {
 public:
  explicit SkewedClock(std::chrono::hours by) : by_(by) {}
  hf::TimePoint now() const override { return hf::system_clock().now() + by_; }

 private:
  std::chrono::hours by_;
};

}  // namespace

TEST_CASE("keys that expire repeatedly during a multipart upload are renewed, and the object is whole") {
  SUBCASE("of an instance") {
    check_keys_end_mid_upload([](const KeyHouse& house) { return hf::Options{{"credentials", "imds"}, {"imds_endpoint", house.url()}}; });
  }
  SUBCASE("of a container") {
    check_keys_end_mid_upload([](const KeyHouse& house) {
      return hf::Options{{"credentials", "container"}, {"container_credentials_uri", house.url() + "/v1"}, {"container_token", "canary"}};
    });
  }
  SUBCASE("of a web identity") {
    const TempDirectory folder;
    std::ofstream(folder.path() / "token") << "canary-identity";
    check_keys_end_mid_upload([&](const KeyHouse& house) {
      return hf::Options{{"credentials", "web_identity"},
                         {"role_arn", "arn:aws:iam::1:role/r"},
                         {"web_identity_token_file", (folder.path() / "token").string()},
                         {"sts_endpoint", house.url()}};
    });
  }
}

TEST_CASE("keys that expire and cannot be renewed are reported in one line without secrets") {
  PartsServer server({}, [](const Request& request) {
    const std::string said = "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>";
    return std::optional(Response{400, {}, request.method == "HEAD" ? "" : said});
  });
  hf::Options options = server.options();
  options.insert({{"access_key_id", "key"}, {"secret_access_key", "canary-secret"}, {"session_token", "canary-token"}});
  const hf::Error error = error_of([&] { hf::open_storage("s3://bucket", options); });
  check_error(error, hf::ErrorCode::unauthenticated, "ExpiredToken");
  CHECK(error.message().find("canary") == std::string::npos);
  CHECK(error.message().find('\n') == std::string::npos);
}

TEST_CASE("a clock that is hours wrong works with a server that checks it") {
  const auto server = StorageServer::start("s3", "versitygw");
  if (!server) return;
  for (const int hours : {-30, -2, 2, 30}) {
    CAPTURE(hours);
    const SkewedClock clock{std::chrono::hours(hours)};
    hf::Options options = server->options();
    options["part_size"] = "5M";
    const auto storage = hf::s3_storage("s3://" + server->new_bucket(), options, hf::IfMissing::create, {&clock, &hf::system_random()});
    const hf::Bytes bytes = random_bytes((5U << 20) + 1, 1);
    const auto writer = storage->open_writer("object");
    writer->write(bytes);
    writer->commit();
    CHECK(hf::get(*storage, "object", bytes.size()) == bytes);
  }
}
