// Keys and region of the AWS command's profiles.
#include <fstream>

#include "conformance/storage_suite.hpp"
#include "storage/s3/credentials.hpp"
#include "support/http_double.hpp"
#include "support/set_clock.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using Request = HttpDouble::Request;
using Response = HttpDouble::Response;

namespace {

/// A home folder with the two files, and an STS that gives the role's name as the key.
struct Home {
  explicit Home(const std::string& config, const std::string& credentials = {}) {
    std::ofstream(folder.path() / "config") << config;
    if (!credentials.empty()) std::ofstream(folder.path() / "credentials") << credentials;
  }
  hf::Options options(const std::string& profile, hf::Options more = {}) const {
    more.insert({{"config_file", (folder.path() / "config").string()},
                 {"credentials_file", (folder.path() / "credentials").string()},
                 {"sts_endpoint", sts.url()},
                 {"endpoint", "http://127.0.0.1:1"},
                 {"timeout", "1"}});
    if (!profile.empty()) more.emplace("profile", profile);
    return more;
  }
  hf::S3Options parsed(const std::string& profile, hf::Options more = {}) const {
    return hf::parse_s3_options("s3://bucket", options(profile, std::move(more)));
  }
  hf::AwsKeys keys(const std::string& profile, hf::Options more = {}) {
    cache.emplace(hf::credential_providers(parsed(profile, std::move(more)), {&clock, &hf::system_random()}), clock, "S3", "give some");
    return cache->get();
  }
  std::string id(const std::string& profile) { return keys(profile).access_key_id; }
  void check_refused(const std::string& profile, const char* why) {
    CAPTURE(profile);
    const hf::Error error = error_of([&] { keys(profile); });
    check_error(error, hf::ErrorCode::unauthenticated, why);
    CHECK(error.message().find("canary") == std::string::npos);
    CHECK(error.message().find('\n') == std::string::npos);
  }
  std::string program(const std::string& script) const {
    const auto path = folder.path() / "program";
    std::ofstream(path) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path.string();
  }
  std::vector<std::string> forms() const {
    std::vector<std::string> found;
    for (const Request& request : sts.requests()) found.push_back(request.body);
    return found;
  }

  TempDirectory folder;
  SetClock clock;
  std::optional<hf::CredentialCache<hf::AwsKeys>> cache;
  HttpDouble sts{[](const Request& request) {
    const std::string body = request.body;
    if (body.find("refused") != std::string::npos)
      return Response{403, {}, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>canary</Message></Error></ErrorResponse>"};
    const std::size_t role = body.find("role%2F") + 7;
    const std::string action = body.find("WebIdentity") == std::string::npos ? "AssumeRole" : "AssumeRoleWithWebIdentity";
    return Response{200,
                    {},
                    "<" + action + "Response><" + action + "Result><Credentials><AccessKeyId>of-" +
                        body.substr(role, body.find('&', role) - role) +
                        "</AccessKeyId><SecretAccessKey>canary</SecretAccessKey><SessionToken>token</SessionToken>"
                        "<Expiration>2026-11-20T13:00:00Z</Expiration></Credentials></" +
                        action + "Result></" + action + "Response>"};
  }};
};

constexpr const char* kOwn = "aws_secret_access_key = canary\n";

}  // namespace

TEST_CASE("keys and region come from the config file as well") {
  Home home(
      std::string("[default]\naws_access_key_id = d\n") + kOwn + "region = eu-west-1\n" +
          "s3 =\n  addressing_style = path\n  aws_access_key_id = nested\n[profile ci]\naws_access_key_id=c\naws_secret_access_key=s=\n"
          "aws_session_token = t\nregion=eu-south-2\n[profile \"two words\"]\naws_access_key_id=w\n" +
          kOwn + "[profile both]\naws_access_key_id = config\n" + kOwn + "[other]\nregion = x\n",
      std::string("[both]\naws_access_key_id = credentials\n") + kOwn);
  CHECK(home.id("") == "d");
  CHECK(home.parsed("").region == "eu-west-1");
  const hf::AwsKeys keys = home.keys("ci");
  CHECK(keys.access_key_id == "c");
  CHECK(hf::as_text(keys.secret_access_key.bytes()) == "s=");
  CHECK(hf::as_text(keys.session_token.bytes()) == "t");
  CHECK(home.parsed("ci").region == "eu-south-2");
  CHECK(home.parsed("ci", {{"region", "here"}}).region == "here");
  CHECK(home.id("two words") == "w");
  CHECK(home.id("both") == "credentials");
  CHECK(home.parsed("both").region == "us-east-1");
  home.check_refused("missing", "there is no such profile");
}

TEST_CASE("a profile's program is asked for keys, and again before they expire") {
  Home home("");
  const auto answer = [](const std::string& id, const std::string& expires) {
    return R"({"Version":1,"AccessKeyId":")" + id + R"(","SecretAccessKey":"canary","SessionToken":"t","Expiration":")" + expires + "\"}";
  };
  const std::string program =
      home.program("echo asked >&2\n[ \"$1\" = 'a b' ] || exit 9\ncat " + (home.folder.path() / "answer").string() + "\n");
  const auto answers = [&](const std::string& text) { std::ofstream(home.folder.path() / "answer") << text; };
  std::ofstream(home.folder.path() / "config") << "[profile ci]\ncredential_process = " << program << " 'a b'\n"
                                               << "[profile wrong]\ncredential_process = " << program << " c\n"
                                               << "[profile missing]\ncredential_process = no-such-program\n"
                                               << "[profile shell]\ncredential_process = echo x | cat\n";
  answers(answer("first", "2026-11-20T14:00:00+01:00"));
  CHECK(home.id("ci") == "first");
  answers(answer("second", "2026-11-20T15:00:00.123456789Z"));
  home.clock.time += std::chrono::minutes(54);
  CHECK(home.cache->get().access_key_id == "first");
  home.clock.time += std::chrono::minutes(2);
  CHECK(home.cache->get().access_key_id == "second");
  home.check_refused("wrong", "exit status 9: asked");
  home.check_refused("missing", "no program no-such-program");
  answers(R"({"Version":1,"SecretAccessKey":"canary"})");
  home.check_refused("ci", "printed no keys");
  answers(answer("x", "some day"));
  home.check_refused("ci", "'some day', which is no time");
  CHECK_THROWS_AS(home.keys("shell"), hf::Error);
}

TEST_CASE("a profile's role is assumed with the keys of its source") {
  Home home(std::string("[profile base]\naws_access_key_id = base\n") + kOwn +
            "[profile one]\nrole_arn = arn:aws:iam::1:role/one\nsource_profile = base\nregion = eu-west-1\n"
            "[profile two]\nrole_arn = arn:aws:iam::1:role/two\nsource_profile = one\nexternal_id = a/b\nrole_session_name = me\n"
            "duration_seconds = 900\n[profile self]\nrole_arn = arn:aws:iam::1:role/self\nsource_profile = self\naws_access_key_id = s\n" +
            kOwn +
            "[profile env]\nrole_arn = arn:aws:iam::1:role/env\ncredential_source = Environment\n"
            "[profile odd]\nrole_arn = arn:aws:iam::1:role/odd\ncredential_source = Moon\n"
            "[profile a]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = b\n"
            "[profile b]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = a\n"
            "[profile orphan]\nrole_arn = arn:aws:iam::1:role/o\nsource_profile = nobody\n"
            "[profile alone]\nrole_arn = arn:aws:iam::1:role/alone\n"
            "[profile mfa]\nrole_arn = arn:aws:iam::1:role/m\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/me\n"
            "[profile no]\nrole_arn = arn:aws:iam::1:role/refused\nsource_profile = base\n");
  CHECK(home.id("one") == "of-one");
  const Request first = home.sts.requests().at(0);
  CHECK(first.body == "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fone&RoleSessionName=holdfast&Version=2011-06-15");
  CHECK(first.header("authorization")
            .starts_with("AWS4-HMAC-SHA256 Credential=base/20261120/eu-west-1/sts/aws4_request,"
                         "SignedHeaders=content-type;host;x-amz-date,Signature="));
  CHECK(home.id("two") == "of-two");
  const Request second = home.sts.requests().at(2);
  CHECK(second.header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=of-one/"));
  CHECK(second.header("x-amz-security-token") == "token");
  CHECK(second.body.find("DurationSeconds=900&ExternalId=a%2Fb&") != std::string::npos);
  CHECK(second.body.find("RoleSessionName=me&") != std::string::npos);
  home.clock.time += std::chrono::minutes(56);  // all of the chain is asked again
  home.cache->get();
  CHECK(home.sts.requests().size() == 5);
  CHECK(home.id("self") == "of-self");
  const hf::Options environment = {{"access_key_id", "e"}, {"secret_access_key", "canary"}, {"credentials", "profile"}};
  CHECK(home.keys("env", environment).access_key_id == "of-env");
  home.check_refused("odd", "credential_source = Moon");
  home.check_refused("env", "Environment, has no keys");
  home.check_refused("a", "leads back to a");
  home.check_refused("orphan", "no profile nobody");
  home.check_refused("alone", "source_profile or a credential_source");
  home.check_refused("mfa", "mfa_serial");
  home.check_refused("no", "STS answers 403 AccessDenied");
}

TEST_CASE("a profile's web identity is exchanged at STS") {
  Home home("");
  std::ofstream(home.folder.path() / "token") << "canary-token";
  std::ofstream(home.folder.path() / "config") << "[profile pod]\nrole_arn = arn:aws:iam::1:role/pod\nweb_identity_token_file = "
                                               << (home.folder.path() / "token").string() << "\n";
  CHECK(home.id("pod") == "of-pod");
}

TEST_CASE("a profile that signs in by SSO is refused with another way, unless it has keys") {
  Home home("[profile sso]\nsso_session = corp\nsso_account_id = 1\n[profile old]\nsso_start_url = https://x\n",
            std::string("[old]\naws_access_key_id = cached\n") + kOwn);
  home.check_refused("sso", "credential_process = aws configure export-credentials --profile sso");
  CHECK(home.id("old") == "cached");
}
