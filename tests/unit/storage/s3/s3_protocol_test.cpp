// Events too rare with real servers: answers that are false, contradict themselves, or redirect elsewhere.
#include <ctime>
#include <thread>

#include "conformance/storage_suite.hpp"
#include "storage/s3/s3_storage.hpp"
#include "support/scripted_bucket.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using Request = HttpDouble::Request;
using Response = HttpDouble::Response;

namespace {

constexpr const char* kEmptyPage = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

Response fault(int status, const std::string& code, const std::string& more = {}) {
  return {status, {}, "<Error><Code>" + code + "</Code>" + more + "</Error>"};
}

bool is_list(const Request& request) { return request.target.find("list-type=2") != std::string::npos; }

class Scripted : public ScriptedBucket {
 public:
  explicit Scripted(HttpDouble::Handler handler, hf::Options more = {})
      : ScriptedBucket({.uri = "s3://bucket", .empty_listing = kEmptyPage, .endpoint_path = ""}, std::move(handler),
                       with_others(std::move(more), {{"access_key_id", "key"}, {"secret_access_key", "canary"}, {"create_only", "yes"}})) {}
};

/// Returns an HTTP date so many seconds from now.
std::string http_date(int offset) {
  const std::time_t time = std::time(nullptr) + offset;
  char text[64];
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

}  // namespace

TEST_CASE("throttling and server faults are retried") {
  int left = 6;
  Scripted s3([&](const Request& request) {
    // The check of the outcome after the dropped connection.
    if (request.method != "PUT") return request.method == "HEAD" ? Response{404, {}, ""} : fault(404, "NoSuchKey");
    switch (left--) {
      case 6: return fault(503, "SlowDown");
      case 5: return fault(500, "InternalError");
      case 4: return Response{429, {}, ""};
      case 3: return Response{.drop = true};
      case 2: return fault(400, "RequestTimeout");
      case 1: return fault(409, "ConditionalRequestConflict");
      default: return Response{200, {{"ETag", "\"e\""}}, ""};
    }
  });
  CHECK(s3.storage->put_new("x", hf::as_bytes("body")) == hf::PutResult::created);
  int puts = 0;
  for (const Request& request : s3.requests()) {
    if (request.method != "PUT") continue;
    CHECK(request.body == "body");
    ++puts;
  }
  CHECK(puts == 7);
}

TEST_CASE("after a lost answer, a put checks for its object, and does not send it again if it exists") {
  std::string mark;
  Scripted s3([&](const Request& request) {
    if (request.method == "PUT") {
      mark = request.header("x-amz-meta-holdfast-write");
      return Response{.drop = true};
    }
    return Response{200, {{"Content-Length", "4"}, {"Last-Modified", http_date(0)}, {"x-amz-meta-holdfast-write", mark}}, ""};
  });
  CHECK(s3.storage->put_new("x", hf::as_bytes("body")) == hf::PutResult::created);
  CHECK(std::ranges::count(s3.requests(), "PUT", &Request::method) <= 2);  // libcurl itself resends it when a reused connection ends
}

TEST_CASE("a permanent error is reported at once") {
  Scripted s3([&](const Request&) { return fault(403, "AccessDenied", "<Message>not you</Message>"); });
  const hf::Error error = error_of([&] { s3.storage->put_new("x", {}); });
  check_error(error, hf::ErrorCode::permission_denied, "x");
  CHECK(error.message().find("not you") != std::string::npos);
  CHECK_FALSE(error.retryable());
  CHECK(s3.requests().size() == 1);
}

TEST_CASE("a wrong clock is corrected by the server's, once") {
  std::vector<std::string> dates;
  Scripted s3([&](const Request& request) {
    dates.push_back(request.header("x-amz-date"));
    const bool skewed = dates.size() == 1;
    return skewed ? Response{403, {{"Date", http_date(7200)}}, "<Error><Code>RequestTimeTooSkewed</Code></Error>"} : Response{200, {}, ""};
  });
  s3.storage->put_new("x", {});
  s3.storage->put_new("y", {});
  REQUIRE(dates.size() == 3);
  CHECK(dates[1] > dates[0]);
  CHECK(dates[2] >= dates[1]);
}

TEST_CASE("keys that expire during the work are fetched again, and the request is resent") {
  std::atomic<int> fetched{0};
  HttpDouble container([&](const Request&) {
    return Response{200,
                    {},
                    R"({"AccessKeyId":"id)" + std::to_string(++fetched) +
                        R"(","SecretAccessKey":"canary","Token":"t","Expiration":"2999-01-01T00:00:00Z"})"};
  });
  Scripted s3(
      [&](const Request& request) {
        CHECK(request.header("x-amz-security-token") == "t");
        const bool old = request.header("authorization").find("Credential=id1/") != std::string::npos;
        if (!old) return Response{200, {{"Content-Length", "0"}, {"Last-Modified", http_date(0)}}, ""};
        return request.method == "HEAD" ? Response{400, {}, ""} : fault(400, "ExpiredToken");
      },
      {{"credentials", "container"}, {"container_credentials_uri", container.url() + "/"}});
  SUBCASE("said in a body") { CHECK(s3.storage->put_new("x", hf::as_bytes("body")) == hf::PutResult::created); }
  SUBCASE("unsaid, to HEAD") { CHECK(s3.storage->stat("x").has_value()); }
  CHECK(s3.requests().size() == 2);
  CHECK(fetched == 2);
}

TEST_CASE("a redirect within the service is signed again; one to another server is not followed") {
  HttpDouble elsewhere([](const Request&) { return Response{}; });
  SUBCASE("elsewhere") {
    Scripted s3([&](const Request&) { return Response{307, {{"Location", elsewhere.url() + "/bucket/x"}}, ""}; });
    // The same host on another port is the same service; another name of the machine is not.
    Scripted other([&](const Request&) {
      return Response{307, {{"Location", "http://localhost:" + std::to_string(elsewhere.port()) + "/bucket/x"}}, ""};
    });
    check_error(error_of([&] { other.storage->put_new("x", {}); }), hf::ErrorCode::network, "not the same service");
    CHECK(elsewhere.requests().empty());
    CHECK(s3.storage->put_new("x", {}) == hf::PutResult::created);
    CHECK(elsewhere.requests().at(0).header("authorization").find("SignedHeaders=content-type;host;") != std::string::npos);
  }
  SUBCASE("round in circles") {
    Scripted s3([&](const Request& request) {
      return Response{307, {{"Location", "http://" + request.header("host") + "/bucket/x"}}, ""};
    });
    CHECK_THROWS_AS(s3.storage->put_new("x", {}), hf::Error);
    CHECK(s3.requests().size() < 10);
  }
}

TEST_CASE("an endpoint's path precedes the bucket or the key, also after a redirect, and is signed") {
  const hf::Options keys = {{"access_key_id", "key"}, {"secret_access_key", "canary"}, {"create_only", "yes"}};
  bool redirected = false;
  const auto answer = [&](const Request& request) {
    if (std::exchange(redirected, true)) return Response{200, {{"ETag", "\"e\""}}, ""};
    return Response{307, {{"Location", "http://" + request.header("host") + request.target}}, ""};
  };
  const ScriptedBucket::Service service{.uri = "s3://bucket/p", .empty_listing = kEmptyPage, .endpoint_path = "/storage/v1/s3/"};
  ScriptedBucket s3(service, answer, keys);
  CHECK(s3.storage->put_new("x y", {}) == hf::PutResult::created);
  REQUIRE(s3.requests().size() == 2);
  for (const Request& request : s3.requests()) CHECK(request.target == "/storage/v1/s3/bucket/p/x%20y");

  HttpDouble server([&](const Request&) { return Response{200, {}, kEmptyPage}; });
  hf::Options by_host = keys;
  by_host.insert({{"endpoint", "http://localhost:" + std::to_string(server.port()) + "/base"}, {"path_style", "no"}});
  const auto storage = hf::open_storage("s3://bucket/p", by_host);  // lists
  CHECK(storage->put_new("x", {}) == hf::PutResult::created);
  CHECK(server.requests().at(0).header("host").starts_with("bucket.localhost:"));
  CHECK(server.requests().at(0).target.starts_with("/base/?"));
  CHECK(server.requests().at(1).target == "/base/p/x");
}

TEST_CASE("the region of a bucket is learned") {
  Scripted s3([&](const Request& request) {
    if (request.header("authorization").find("/eu-central-1/s3/") != std::string::npos) return Response{200, {}, ""};
    return fault(400, "AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>");
  });
  s3.storage->put_new("x", {});
  s3.storage->put_new("y", {});
  CHECK(s3.requests().size() == 3);
}

TEST_CASE("a server that ignores create-only puts is detected before the first put") {
  std::map<std::string, Request> stored;
  Scripted s3(
      [&](const Request& request) {
        const auto found = stored.find(request.target);
        if (request.method == "PUT") {
          stored[request.target] = request;
          return Response{200, {}, ""};
        }
        if (found == stored.end()) return request.method == "HEAD" ? Response{404, {}, ""} : fault(404, "NoSuchKey");
        return Response{200,
                        {{"Content-Length", std::to_string(found->second.body.size())},
                         {"Last-Modified", http_date(0)},
                         {"x-amz-meta-holdfast-write", found->second.header("x-amz-meta-holdfast-write")}},
                        ""};
      },
      {{"create_only", "probe"}});
  CHECK_FALSE(s3.storage->caps().atomic_create);
  CHECK(s3.storage->put_new("x", hf::as_bytes("first")) == hf::PutResult::created);
  CHECK(s3.storage->put_new("x", hf::as_bytes("second")) == hf::PutResult::already_exists);
  CHECK(stored["/bucket/x"].body == "first");
  CHECK(stored["/bucket/x"].header("if-none-match").empty());
}

TEST_CASE("a completion that fails with status 200 is retried, and trusted only if the object exists") {
  int completions = 0;
  bool lies = false;
  std::string mark;
  Scripted s3(
      [&](const Request& request) {
        if (request.target.ends_with("?uploads=")) {
          mark = request.header("x-amz-meta-holdfast-write");
          return Response{200, {}, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"};
        }
        if (request.method == "PUT") return Response{200, {{"ETag", "\"p\""}}, ""};
        if (request.method == "POST") {
          ++completions;
          if (completions == 1) return Response{200, {}, "<Error><Code>InternalError</Code></Error>"};
          if (completions == 2) return Response{.status = 200, .body = "<CompleteMultipartUploadResult>", .body_shown = 10};
          return Response{200, {}, "<CompleteMultipartUploadResult/>"};
        }
        if (request.method == "DELETE") return Response{204, {}, ""};
        if (completions < 3 || lies) return request.method == "HEAD" ? Response{404, {}, ""} : fault(404, "NoSuchKey");
        return Response{
            200,
            {{"Content-Length", std::to_string((5 << 20) + 1)}, {"Last-Modified", http_date(0)}, {"x-amz-meta-holdfast-write", mark}},
            ""};
      },
      {{"part_size", "5M"}, {"timeout", "10"}});
  const hf::Bytes bytes((5U << 20) + 1);
  SUBCASE("in the end it is") {
    const auto writer = s3.storage->open_writer("x");
    writer->write(bytes);
    writer->commit();
    CHECK(completions >= 3);
  }
  SUBCASE("it never is") {
    lies = true;
    const auto writer = s3.storage->open_writer("x");
    writer->write(bytes);
    check_error(error_of([&] { writer->commit(); }), hf::ErrorCode::network, "x");
  }
}

TEST_CASE("a listing that repeats itself or is out of order is an error") {
  const auto page = [](const std::string& keys, const std::string& next) {
    std::string body = "<ListBucketResult>";
    for (const char key : keys)
      body += std::string("<Contents><Key>") + key + "</Key><LastModified>2026-11-20T18:04:11.000Z</LastModified><Size>0</Size></Contents>";
    return Response{200,
                    {},
                    body + "<IsTruncated>" + (next.empty() ? "false" : "true") + "</IsTruncated><NextContinuationToken>" + next +
                        "</NextContinuationToken></ListBucketResult>"};
  };
  const auto check_incomplete = [&](const HttpDouble::Handler& handler) {
    Scripted s3(handler);
    check_error(error_of([&] { names(*s3.storage); }), hf::ErrorCode::network, "s3://bucket");
  };
  check_incomplete([&](const Request&) { return page("ba", ""); });
  check_incomplete([&](const Request&) { return page("ab", "again"); });
  check_incomplete([&](const Request&) { return page("", "again"); });
  check_incomplete([&](const Request& request) {
    return request.target.find("continuation-token") == std::string::npos ? page("bc", "2") : page("ad", "");
  });
  int requests = 0;
  Scripted s3([&](const Request& request) {
    CHECK(is_list(request));
    ++requests;
    if (requests == 1) return fault(503, "SlowDown");
    if (requests == 3) return Response{.status = 200, .body = kEmptyPage, .body_shown = 30};
    return requests == 2 ? page("ab", "next one/") : page("c", "");
  });
  CHECK(names(*s3.storage) == std::vector<std::string>{"a", "b", "c"});
  CHECK(s3.requests().back().target.find("continuation-token=next%20one%2F") != std::string::npos);
}

TEST_CASE("a missing bucket is not reported as a missing object") {
  Scripted s3([&](const Request& request) { return request.method == "HEAD" ? Response{404, {}, ""} : fault(404, "NoSuchBucket"); });
  check_error(error_of([&] { s3.storage->stat("x"); }), hf::ErrorCode::not_found, "bucket");
  check_error(error_of([&] { names(*s3.storage); }), hf::ErrorCode::not_found, "bucket");
}

TEST_CASE("an object that is replaced during a read, or a wrong range, is never mixed into the data") {
  int requests = 0;
  Scripted s3([&](const Request& request) {
    if (request.header("range") == "bytes=5-8") return Response{206, {{"Content-Range", "bytes 0-3/100"}}, "0123"};
    if (++requests == 1)
      return Response{.status = 200, .headers = {{"ETag", "\"one\""}}, .body = std::string(1000, 'x'), .body_shown = 500};
    CHECK(request.header("if-match") == "\"one\"");
    return fault(412, "PreconditionFailed");
  });
  CHECK(error_of([&] { get(*s3.storage, "x", 1000); }).code() == hf::ErrorCode::corrupt);
  CHECK(error_of([&] { s3.storage->open_reader("x", 5, 4); }).code() == hf::ErrorCode::unsupported);
}

TEST_CASE("a read that breaks after more than the time of one call resumes as well") {
  Scripted s3(
      [](const Request& request) {
        if (request.header("range") == "bytes=500-999")
          return Response{206, {{"Content-Range", "bytes 500-999/1000"}}, std::string(500, 'x')};
        return Response{.status = 200, .headers = {{"ETag", "\"one\""}}, .body = std::string(1000, 'x'), .body_shown = 500};
      },
      {{"timeout", "2"}});
  const auto reader = s3.storage->open_reader("x");
  hf::Bytes first(100);
  const std::size_t got = reader->read(first);
  CHECK(got > 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  CHECK(got + hf::read_all(*reader, 1000).size() == 1000);
}

TEST_CASE("a server that sends less when it is asked again does not shorten the object") {
  for (const bool nothing : {true, false}) {
    CAPTURE(nothing);
    int requests = 0;
    Scripted s3([&](const Request&) {
      if (++requests == 1) return Response{.status = 200, .body = std::string(1000, 'x'), .body_shown = 500};
      if (nothing) return Response{416, {}, ""};
      return Response{206, {{"Content-Range", "bytes 500-599/600"}}, std::string(100, 'x')};
    });
    CHECK_THROWS_AS(get(*s3.storage, "x", 1000), hf::Error);
  }
}

TEST_CASE("an error names an archived object as such") {
  Scripted s3([&](const Request&) { return fault(403, "InvalidObjectState"); });
  check_error(error_of([&] { s3.storage->open_reader("x"); }), hf::ErrorCode::invalid_state, "archive class");
}

TEST_CASE("new objects carry the requested storage class and encryption") {
  Scripted s3(
      [&](const Request&) {
        return Response{200, {}, ""};
      },
      {{"storage_class", "STANDARD_IA"}, {"sse", "aws:kms"}, {"sse_kms_key_id", "key-1"}});
  s3.storage->put_new("x", {});
  const Request request = s3.requests().at(0);
  CHECK(request.header("x-amz-storage-class") == "STANDARD_IA");
  CHECK(request.header("x-amz-server-side-encryption") == "aws:kms");
  CHECK(request.header("x-amz-server-side-encryption-aws-kms-key-id") == "key-1");
}
