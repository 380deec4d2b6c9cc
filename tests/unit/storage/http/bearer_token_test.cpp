#include "storage/http/bearer_token.hpp"

#include "conformance/storage_suite.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

const hf::TimePoint kNoon = hf::parse_time("2026-11-20T12:00:00Z");

std::optional<hf::Expiring<hf::BearerToken>> read(std::string_view json) { return hf::read_bearer_token(hf::as_bytes(json), kNoon); }

}  // namespace

TEST_CASE("a bearer token is parsed with its lifetime, a number or a string") {
  for (const char* answer :
       {R"({"access_token":"t0","expires_in":3599,"token_type":"Bearer"})", R"({"access_token":"t0","expires_in":"3599"})"}) {
    const auto token = read(answer);
    REQUIRE(token.has_value());
    CHECK(hf::as_text(token->value.text.bytes()) == "t0");
    CHECK(token->expires == kNoon + std::chrono::seconds(3599));
  }
  CHECK_FALSE(read(R"({"access_token":"t0"})").value().expires.has_value());
}

TEST_CASE("an answer without a usable token has none") {
  for (const char* answer : {"", "<html>", "[]", "{}", R"({"access_token":""})", R"({"access_token":1})", R"({"access_token":"a b"})",
                             R"({"access_token":"a\r\nx: y"})", R"({"access_token":"t","expires_in":"soon"})",
                             R"({"access_token":"t","expires_in":-1})", R"({"access_token":"t","expires_in":9223372036854775807})"}) {
    CAPTURE(answer);
    CHECK_FALSE(read(answer).has_value());
  }
}
