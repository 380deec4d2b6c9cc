// Events too rare with Azurite: lost answers, refused tokens, wrong clocks, false answers.
#include "conformance/storage_suite.hpp"
#include "storage/azure/azure_storage.hpp"
#include "storage/azure/shared_key.hpp"
#include "support/scripted_bucket.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using Request = HttpDouble::Request;
using Response = HttpDouble::Response;

namespace {

constexpr const char* kEmptyPage = "<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>";
constexpr const char* kMark = "x-ms-meta-holdfast_write";

Response fault(int status, const std::string& code, const std::string& message = {}) {
  return {status, {{"x-ms-error-code", code}}, "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>"};
}

/// Returns an HTTP date so many seconds from now.
std::string http_date(int offset) { return hf::azure_date(hf::system_clock().now() + std::chrono::seconds(offset)); }

Response found(const std::string& mark, std::size_t size) {
  return {200, {{"Content-Length", std::to_string(size)}, {"Last-Modified", http_date(0)}, {kMark, mark}}, ""};
}

class Scripted : public ScriptedBucket {
 public:
  explicit Scripted(HttpDouble::Handler handler, const hf::Options& more = {})
      : ScriptedBucket({.uri = "azblob://container", .empty_listing = kEmptyPage, .endpoint_path = "/acc"}, std::move(handler),
                       with_others(more, identity(more))) {}

 private:
  static hf::Options identity(const hf::Options& more) {
    hf::Options options{{"account_name", "acc"}};
    if (!more.contains("token") && !more.contains("sas_token") && !more.contains("credentials")) options["account_key"] = "Y2FuYXJ5";
    return options;
  }
};

void check_unsaid(const hf::Error& error) {
  CHECK_MESSAGE(error.message().find("canary") == std::string::npos, error.message());
  CHECK(error.message().find('\n') == std::string::npos);
}

}  // namespace

TEST_CASE("throttling and server faults are retried, each attempt with the bytes and their MD5") {
  int left = 6;
  Scripted azure([&](const Request&) {
    switch (left--) {
      case 6: return fault(400, "Md5Mismatch");
      case 5: return fault(500, "OperationTimedOut");
      case 4: return Response{429, {}, ""};
      case 3: return Response{.drop = true};
      case 2: return fault(503, "ServerBusy");
      case 1: return fault(409, "ContainerBeingDeleted");
      default: return Response{201, {}, ""};
    }
  });
  CHECK(azure.storage->put_new("x", hf::as_bytes("body")) == hf::PutResult::created);
  REQUIRE(azure.requests().size() >= 7);
  for (const Request& request : azure.requests()) {
    CHECK(request.body == "body");
    CHECK(request.header("content-md5") == "hBotaJrYa9FhFEdFPCLG/A==");
    CHECK(request.header("if-none-match") == "*");
    CHECK(request.header("x-ms-version") == "2023-11-03");
  }
}

TEST_CASE("a permanent refusal by Azure is reported at once") {
  Scripted azure([&](const Request&) { return fault(403, "AuthorizationPermissionMismatch", "not you\nRequestId:1"); });
  const hf::Error error = error_of([&] { azure.storage->put_new("x", {}); });
  check_error(error, hf::ErrorCode::permission_denied, "not you)");
  CHECK_FALSE(error.retryable());
  check_unsaid(error);
  CHECK(azure.requests().size() == 1);
}

TEST_CASE("after a lost answer, the mark tells our put from another writer's") {
  bool ours = true;
  SUBCASE("ours") {}
  SUBCASE("another's") { ours = false; }
  std::string mark;
  int puts = 0;
  Scripted azure([&](const Request& request) {
    if (request.method == "HEAD") return found(ours ? mark : "another's", 4);
    if (mark.empty()) mark = request.header(kMark);
    CHECK(request.header(kMark) == mark);
    return ++puts == 1 ? Response{.drop = true} : fault(409, "BlobAlreadyExists");
  });
  CHECK(azure.storage->put_new("x", hf::as_bytes("body")) == (ours ? hf::PutResult::created : hf::PutResult::already_exists));
  CHECK(mark.size() == 32);
}

TEST_CASE("blocks have unique ids of one length, and become a blob once, even if the answer is lost") {
  std::string mark;
  std::vector<std::string> ids;
  int lists = 0;
  bool dropped = false;
  Scripted azure(
      [&](const Request& request) {
        const std::size_t id = request.target.find("blockid=");
        if (id != std::string::npos) {
          ids.push_back(request.target.substr(id, request.target.find('&', id) - id));
          return Response{201, {}, ""};
        }
        if (request.method == "HEAD") return dropped ? fault(404, "BlobNotFound") : found(mark, (64U << 10) + 1);
        CHECK(request.target == "/acc/container/x?comp=blocklist");
        CHECK(request.body.starts_with("<BlockList><Uncommitted>"));
        mark = request.header(kMark);
        if (++lists == 1) return Response{.drop = true};
        return dropped ? fault(400, "InvalidBlockList") : fault(409, "BlobAlreadyExists");
      },
      {{"part_size", "64K"}});
  const auto writer = azure.storage->open_writer("x");
  writer->write(hf::Bytes((64U << 10) + 1));
  SUBCASE("it was lost") { writer->commit(); }
  SUBCASE("another was stored meanwhile and removed again: the blocks are gone") {
    dropped = true;
    const hf::Error error = error_of([&] { writer->commit(); });
    check_error(error, hf::ErrorCode::conflict, "dropped its blocks");
    CHECK(error.retryable());
  }
  CHECK(lists == 2);
  REQUIRE(ids.size() == 2);
  CHECK(ids[0].size() == ids[1].size());
  CHECK(ids[0] != ids[1]);
}

TEST_CASE("a wrong clock is corrected by Azure's, once, and a wrong key is not mistaken for one") {
  std::vector<std::string> dates;
  Scripted azure([&](const Request& request) {
    dates.push_back(request.header("x-ms-date"));
    Response refused = fault(403, "AuthenticationFailed", "Server failed to authenticate the request.");
    refused.headers.emplace_back("Date", http_date(7200));
    return dates.size() == 1 ? refused : Response{201, {}, ""};
  });
  azure.storage->put_new("x", {});
  azure.storage->put_new("y", {});
  REQUIRE(dates.size() == 3);
  CHECK(dates[1] != dates[0]);
  Scripted wrong([&](const Request&) {
    Response refused = fault(403, "AuthenticationFailed", "Server failed to authenticate the request.");
    refused.headers.emplace_back("Date", http_date(0));
    return refused;
  });
  const hf::Error error = error_of([&] { wrong.storage->put_new("x", {}); });
  check_error(error, hf::ErrorCode::unauthenticated, "key is wrong");
  check_unsaid(error);
  CHECK(wrong.requests().size() == 1);
}

TEST_CASE("a token that is refused during an upload is fetched again, and the block is resent") {
  std::atomic<int> fetched{0};
  HttpDouble imds([&](const Request&) {
    return Response{200, {}, R"({"access_token":"canary)" + std::to_string(++fetched) + R"(","expires_in":"86400"})"};
  });
  std::atomic<int> refused{0};
  Scripted azure(
      [&](const Request& request) {
        if (request.header("authorization") == "Bearer canary2") return Response{201, {}, ""};
        ++refused;
        return fault(401, "InvalidAuthenticationInfo");
      },
      {{"credentials", "managed_identity"}, {"imds_endpoint", imds.url()}, {"part_size", "64K"}});
  const auto writer = azure.storage->open_writer("x");
  writer->write(hf::Bytes(200'000));
  writer->commit();
  CHECK(refused >= 1);
  CHECK(fetched == 2);
}

TEST_CASE("a shared access signature is in each URL, and in no message") {
  const std::string sas = "sv=2023-11-03&sig=canary%2Bsig";
  Scripted azure(
      [&](const Request& request) {
        CHECK(request.header("authorization").empty());
        CHECK(request.target.ends_with("sv=2023-11-03&sig=canary%2Bsig"));
        if (request.target.find("/big") != std::string::npos) return Response{.drop = true};
        return fault(403, "AuthenticationFailed", "Signature did not match: " + request.target);
      },
      {{"sas_token", "?" + sas}, {"timeout", "1"}});
  const auto check_said = [&](const auto& call) {
    const hf::Error error = error_of(call);
    check_unsaid(error);
    CHECK(error.message().find("sig=") == std::string::npos);
  };
  check_said([&] { azure.storage->put_new("x", {}); });
  check_said([&] { azure.storage->stat("x"); });
  check_said([&] { azure.storage->open_reader("x"); });
  check_said([&] { names(*azure.storage); });
  check_said([&] { azure.storage->remove("x"); });
  check_said([&] { azure.storage->put_new("big", {}); });
}

TEST_CASE("an Azure listing that repeats itself or is out of order is an error") {
  const auto page = [](const std::string& blobs, const std::string& next) {
    std::string body = "<EnumerationResults><Blobs>";
    for (const char name : blobs)
      body += std::string("<Blob><Name>") + name +
              "</Name><Properties><Last-Modified>Fri, 20 Nov 2026 18:04:11 GMT</Last-Modified><Content-Length>0</Content-Length>"
              "</Properties></Blob>";
    return Response{200, {}, body + "</Blobs><NextMarker>" + next + "</NextMarker></EnumerationResults>"};
  };
  const auto check_incomplete = [&](const HttpDouble::Handler& handler) {
    Scripted azure(handler);
    check_error(error_of([&] { names(*azure.storage); }), hf::ErrorCode::network, "azblob://container");
  };
  check_incomplete([&](const Request&) { return page("ba", ""); });
  check_incomplete([&](const Request&) { return page("ab", "again"); });
  check_incomplete([&](const Request&) { return page("", "again"); });
  int requests = 0;
  Scripted azure([&](const Request&) {
    ++requests;
    if (requests == 1) return fault(503, "ServerBusy");
    if (requests == 3) return Response{.status = 200, .body = kEmptyPage, .body_shown = 30};
    return requests == 2 ? page("ab", "next one/") : page("c", "");
  });
  CHECK(names(*azure.storage) == std::vector<std::string>{"a", "b", "c"});
  CHECK(azure.requests().back().target.find("marker=next%20one%2F") != std::string::npos);
}

TEST_CASE("a blob is missing only if the server says so") {
  std::string code = "BlobNotFound";
  Scripted azure([&](const Request&) { return code.empty() ? Response{404, {}, ""} : fault(404, code); });
  CHECK_FALSE(azure.storage->stat("x").has_value());
  check_error(error_of([&] { azure.storage->remove("x"); }), hf::ErrorCode::not_found, "no such object");
  for (const char* other : {"ContainerNotFound", "ResourceNotFound", ""}) {
    CAPTURE(other);
    code = other;
    check_error(error_of([&] { azure.storage->stat("x"); }), hf::ErrorCode::not_found, "azblob://container");
    CHECK_THROWS_AS(azure.storage->remove("x"), hf::Error);
  }
}

TEST_CASE("a removal whose answer was lost counts as done") {
  int removals = 0;
  Scripted azure([&](const Request& request) {
    if (request.method == "HEAD") return found("", 0);
    return ++removals == 1 ? Response{.drop = true} : fault(404, "BlobNotFound");
  });
  azure.storage->remove("x");
  CHECK(removals == 2);
}

TEST_CASE("a blob that is replaced during a read is never mixed from two versions") {
  int requests = 0;
  Scripted azure([&](const Request& request) {
    if (++requests == 1)
      return Response{.status = 200, .headers = {{"ETag", "\"one\""}}, .body = std::string(1000, 'x'), .body_shown = 500};
    CHECK(request.header("if-match") == "\"one\"");
    CHECK(request.header("x-ms-range") == "bytes=500-999");
    return fault(412, "ConditionNotMet");
  });
  CHECK(error_of([&] { get(*azure.storage, "x", 1000); }).code() == hf::ErrorCode::corrupt);
}

TEST_CASE("an error names an archived blob as such, and new blobs have the requested tier") {
  Scripted azure(
      [&](const Request& request) {
        return request.method == "GET" ? fault(409, "BlobArchived") : Response{201, {}, ""};
      },
      {{"access_tier", "cold"}});
  check_error(error_of([&] { azure.storage->open_reader("x"); }), hf::ErrorCode::invalid_state, "archive tier");
  azure.storage->put_new("x", {});
  CHECK(azure.requests().back().header("x-ms-access-tier") == "Cold");
  CHECK(azure.requests().back().header("x-ms-blob-type") == "BlockBlob");
}
