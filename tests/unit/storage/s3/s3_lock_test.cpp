// Cases of locks and versions in the protocol that real servers can't be made to produce.
#include "storage/s3/s3_lock.hpp"

#include <ctime>

#include "conformance/storage_suite.hpp"
#include "holdfast/locks.hpp"
#include "support/http_double.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using Request = HttpDouble::Request;
using Response = HttpDouble::Response;

namespace {

constexpr const char* kNothing = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
constexpr const char* kLocking = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";

std::string http_date(std::time_t time) {
  char text[64];
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

std::string iso(hf::TimePoint time) { return hf::format_time(time); }
hf::TimePoint from_now(std::chrono::seconds offset) { return hf::system_clock().now() + offset; }
std::chrono::seconds days(int count) { return std::chrono::days(count); }

/// A bucket that locks, on a server whose clock is `ahead` of ours.
struct Bucket {
  explicit Bucket(std::function<Response(const Request&)> answer, hf::Options more = {}, std::chrono::seconds ahead = {})
      : server([this, answer = std::move(answer), ahead](const Request& request) {
          Response response = opened                                                    ? answer(request)
                              : request.target.find("object-lock") != std::string::npos ? Response{200, {}, kLocking}
                                                                                        : Response{200, {}, kNothing};
          response.headers.emplace_back("Date", http_date(std::time(nullptr) + ahead.count()));
          return response;
        }) {
    more.merge(hf::Options{{"endpoint", server.url()},
                           {"access_key_id", "key"},
                           {"secret_access_key", "canary"},
                           {"timeout", "3"},
                           {"create_only", "yes"},
                           {"object_lock", "governance"},
                           {"lock_days", "7"}});
    storage = hf::open_storage("s3://bucket", more);
    opened = true;
    before = server.requests().size();
  }
  std::vector<Request> requests() const {
    auto all = server.requests();
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(before));
    return all;
  }

  std::atomic<bool> opened{false};
  std::size_t before = 0;
  HttpDouble server;
  std::shared_ptr<hf::Storage> storage;
};

Response object(const std::string& until, const std::string& hold = {}) {
  Response response{200, {{"Content-Length", "1"}, {"Last-Modified", http_date(std::time(nullptr))}, {"x-amz-version-id", "v1"}}, ""};
  if (!until.empty()) response.headers.emplace_back("x-amz-object-lock-retain-until-date", until);
  if (!hold.empty()) response.headers.emplace_back("x-amz-object-lock-legal-hold", hold);
  return response;
}

/// Checks that an object is locked until about that time.
void check_near(const std::string& said, hf::TimePoint wanted) {
  CAPTURE(said);
  CHECK(std::chrono::abs(hf::parse_time(said) - wanted) < std::chrono::minutes(2));
}

}  // namespace

TEST_CASE("a new object is locked by the server's time, with a checksum; a short-lived one is not") {
  const std::chrono::seconds ahead = std::chrono::minutes(10);  // not enough for the server to refuse
  Bucket bucket([](const Request&) { return Response{200, {{"ETag", "\"e\""}}, ""}; }, {}, ahead);
  bucket.storage->put_new("packs/00/x", hf::as_bytes("hello"));
  bucket.storage->put_new("sessions/x", hf::as_bytes("hello"));
  const auto requests = bucket.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].header("x-amz-object-lock-mode") == "GOVERNANCE");
  check_near(requests[0].header("x-amz-object-lock-retain-until-date"), from_now(ahead + days(15)));
  CHECK(requests[0].header("content-md5") == "XUFAKrxLKna5cZ2REBfFkg==");
  CHECK(requests[0].header("authorization").find("content-md5;") != std::string::npos);
  CHECK(requests[1].header("x-amz-object-lock-mode").empty());
}

TEST_CASE("an object's lock is extended only if it is too short, on the version that was examined") {
  std::string until;
  Bucket bucket([&until](const Request& request) { return request.method == "HEAD" ? object(until) : Response{}; });
  SUBCASE("long enough") { until = iso(from_now(days(9))); }
  SUBCASE("too short") { until = iso(from_now(days(7))); }
  SUBCASE("over") { until = iso(from_now(days(-1))); }
  SUBCASE("none") {}
  hf::renew_lock(*bucket.storage, "x");
  const auto requests = bucket.requests();
  const bool enough = until > iso(from_now(days(8)));
  REQUIRE(requests.size() == (enough ? 1 : 2));
  if (enough) return;
  CHECK(requests[1].method == "PUT");
  CHECK(requests[1].target == "/bucket/x?retention=&versionId=v1");
  CHECK_FALSE(requests[1].header("content-md5").empty());
  const std::string& body = requests[1].body;
  CHECK(body.find("<Mode>GOVERNANCE</Mode>") != std::string::npos);
  check_near(body.substr(body.find("<RetainUntilDate>") + 17, 20), from_now(days(15)));
}

TEST_CASE("an object under a legal hold is also locked before a backup relies on it") {
  Bucket bucket([](const Request& request) { return request.method == "HEAD" ? object("", "ON") : Response{}; });
  CHECK(hf::locked_until(*bucket.storage, "x") == hf::kLockedForGood);
  hf::renew_lock(*bucket.storage, "x");
  CHECK(bucket.requests().back().method == "PUT");
  check_error(error_of([&] { bucket.storage->remove("x"); }), hf::ErrorCode::permission_denied, "legal hold");
}

TEST_CASE("a failed lock extension is reported with the object and the reason") {
  Bucket bucket([](const Request& request) {
    return request.method == "HEAD" ? object("") : Response{403, {}, "<Error><Code>AccessDenied</Code><Message>not you</Message></Error>"};
  });
  check_error(error_of([&] { hf::renew_lock(*bucket.storage, "packs/00/x"); }), hf::ErrorCode::permission_denied, "packs/00/x");
}

TEST_CASE("a locked object is neither removed nor hidden; one whose lock has ended by the server's time is removed with its version") {
  const std::chrono::seconds ahead = std::chrono::hours(3);
  std::string until;
  Bucket bucket([&until](const Request& request) { return request.method == "HEAD" ? object(until) : Response{204, {}, ""}; }, {}, ahead);
  until = iso(from_now(days(1)));
  const hf::Error error = error_of([&] { bucket.storage->remove("x"); });
  check_error(error, hf::ErrorCode::permission_denied, "x");
  CHECK(error.message().find("locked until " + until) != std::string::npos);
  CHECK(bucket.requests().size() == 1);
  until = iso(from_now(std::chrono::hours(2)));  // over there
  CHECK_FALSE(hf::locked_until(*bucket.storage, "x").has_value());
  bucket.storage->remove("x");
  CHECK(bucket.requests().back().method == "DELETE");
  CHECK(bucket.requests().back().target == "/bucket/x?versionId=v1");
}

TEST_CASE("a client without locks leaves objects that others locked, and removes the rest as usual") {
  std::string until = iso(from_now(days(1)));
  Bucket locking([](const Request&) { return Response{}; });
  HttpDouble server([&until](const Request& request) {
    return request.method == "HEAD" ? object(until) : request.method == "GET" ? Response{200, {}, kNothing} : Response{204, {}, ""};
  });
  const auto storage = hf::open_storage(
      "s3://bucket", {{"endpoint", server.url()}, {"access_key_id", "key"}, {"secret_access_key", "canary"}, {"create_only", "yes"}});
  CHECK_FALSE(hf::locks_objects(*storage));
  CHECK(hf::locks_objects(*locking.storage));
  CHECK(error_of([&] { storage->remove("x"); }).code() == hf::ErrorCode::permission_denied);
  until.clear();
  storage->remove("x");
  CHECK(server.requests().back().target == "/bucket/x");
}

TEST_CASE("nothing is locked on a server without locks, which would store an extension as a new object") {
  for (const Response& answer : {Response{404, {}, "<Error><Code>ObjectLockConfigurationNotFoundError</Code></Error>"},
                                 Response{200, {}, kNothing}, Response{501, {}, "<Error><Code>NotImplemented</Code></Error>"}}) {
    CAPTURE(answer.body);
    HttpDouble server([&](const Request& request) {
      return request.target.find("object-lock") == std::string::npos ? Response{200, {}, kNothing} : answer;
    });
    const hf::Error error = error_of([&] {
      hf::open_storage("s3://bucket", {{"endpoint", server.url()},
                                       {"access_key_id", "key"},
                                       {"secret_access_key", "canary"},
                                       {"timeout", "1"},
                                       {"object_lock", "compliance"},
                                       {"lock_days", "7"}});
    });
    CHECK(error.message().find("s3://bucket") != std::string::npos);
    for (const Request& request : server.requests()) CHECK(request.method == "GET");
  }
}

TEST_CASE("the past is read from pages of versions that begin and end anywhere") {
  struct Version {
    std::string key, id, time;
    bool deleted;
  };
  // Newest first within a key, as the service lists them.
  const std::vector<Version> everything = {{"a", "a1", "2026-01-01", false}, {"b", "b3", "2026-03-01", true},
                                           {"b", "b2", "2026-02-01", false}, {"b", "b1", "2026-01-01", false},
                                           {"c", "c2", "2026-03-01", false}, {"c", "c1", "2026-01-02", true},
                                           {"c", "c0", "2026-01-01", false}, {"d", "d1", "2026-03-01", false}};
  for (std::size_t page_size = 1; page_size <= everything.size(); ++page_size) {
    CAPTURE(page_size);
    HttpDouble server([&](const Request& request) {
      if (request.target.find("versionId=") != std::string::npos) {
        const std::string id = request.target.substr(request.target.find("versionId=") + 10);
        return Response{200, {{"Content-Length", std::to_string(id.size())}, {"ETag", "\"e\""}}, id};
      }
      const std::size_t prefix_at = request.target.find("prefix=") + 7;
      const std::string prefix = request.target.substr(prefix_at, request.target.find('&', prefix_at) - prefix_at);
      std::vector<Version> all;
      std::ranges::copy_if(everything, std::back_inserter(all), [&](const Version& one) { return one.key.starts_with(prefix); });
      std::size_t from = 0;
      const std::size_t marker = request.target.find("version-id-marker=");
      if (marker != std::string::npos) {
        const std::string id = request.target.substr(marker + 18, 2);
        while (all[from++].id != id) continue;
      }
      std::string body = "<ListVersionsResult>";
      std::size_t at = from;
      for (; at < std::min(all.size(), from + page_size); ++at) {
        const std::string kind = all[at].deleted ? "DeleteMarker" : "Version";
        body += "<" + kind + "><Key>" + all[at].key + "</Key><VersionId>" + all[at].id + "</VersionId><LastModified>" + all[at].time +
                "T00:00:00.000Z</LastModified><Size>2</Size></" + kind + ">";
      }
      body += at == all.size() ? "<IsTruncated>false</IsTruncated>"
                               : "<IsTruncated>true</IsTruncated><NextKeyMarker>" + all[at - 1].key +
                                     "</NextKeyMarker><NextVersionIdMarker>" + all[at - 1].id + "</NextVersionIdMarker>";
      return Response{200, {}, body + "</ListVersionsResult>"};
    });
    const auto at = [&](const char* time) {
      return hf::open_storage("s3://bucket",
                              {{"endpoint", server.url()}, {"access_key_id", "key"}, {"secret_access_key", "canary"}, {"as_of", time}});
    };
    const auto shown = [](hf::Storage& storage) {
      std::string text_of_all;
      for (const std::string& name : names(storage)) text_of_all += text(storage, name) + " ";
      return text_of_all;
    };
    CHECK(shown(*at("2025-12-31T00:00:00Z")).empty());
    CHECK(shown(*at("2026-01-01T12:00:00Z")) == "a1 b1 c0 ");
    CHECK(shown(*at("2026-01-15T00:00:00Z")) == "a1 b1 ");
    CHECK(shown(*at("2026-02-01T00:00:00Z")) == "a1 b2 ");
    CHECK(shown(*at("2026-04-01T00:00:00Z")) == "a1 c2 d1 ");
    const auto past = at("2026-02-01T00:00:00Z");
    CHECK_FALSE(past->stat("c").has_value());
    CHECK(past->stat("b").value().size == 2);
    check_error(error_of([&] { past->open_reader("d"); }), hf::ErrorCode::not_found, "2026-02-01T00:00:00Z");
    CHECK(error_of([&] { past->remove("a"); }).code() == hf::ErrorCode::permission_denied);
    CHECK(error_of([&] { past->put_new("e", {}); }).code() == hf::ErrorCode::permission_denied);
  }
}

TEST_CASE("a listing of versions that may be incomplete is an error") {
  std::string body;
  HttpDouble server([&](const Request&) { return Response{200, {}, body}; });
  const auto past = hf::open_storage("s3://bucket", {{"endpoint", server.url()},
                                                     {"access_key_id", "key"},
                                                     {"secret_access_key", "canary"},
                                                     {"timeout", "1"},
                                                     {"as_of", "2026-02-01T00:00:00Z"}});
  const std::string version =
      "<Version><Key>a</Key><VersionId>1</VersionId><LastModified>2026-01-01T00:00:00Z</LastModified><Size>1</Size></Version>";
  for (const std::string& inside :
       {version, version + "<IsTruncated>true</IsTruncated>", std::string("<IsTruncated>maybe</IsTruncated>"),
        std::string("<Version><Key>a</Key><LastModified>2026-01-01T00:00:00Z</LastModified><Size>1</Size></Version><IsTruncated>false</"
                    "IsTruncated>"),
        version + "<IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker><NextVersionIdMarker>1</NextVersionIdMarker>"}) {
    CAPTURE(inside);
    body = "<ListVersionsResult>" + inside + "</ListVersionsResult>";
    CHECK(error_of([&] { names(*past); }).code() == hf::ErrorCode::network);
  }
}
