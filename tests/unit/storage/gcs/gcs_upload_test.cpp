// Resumable uploads: the parts that the server keeps, loses, or confirms too late.
#include "base/base64.hpp"
#include "base/md5.hpp"
#include "unit/storage/gcs/gcs_script.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using Request = HttpDouble::Request;
using Response = HttpDouble::Response;

namespace {

constexpr std::size_t kChunk = 256U << 10;
constexpr const char* kSession = "/upload/storage/v1/b/bucket/o?uploadType=resumable&upload_id=canary-upload";

const Response kBroken{.status = 308, .body = "broken off", .body_shown = 3};

/// One upload, handled like by the service. `trouble` may answer instead.
struct Service {
  Response operator()(const Request& request) {
    if (request.method == "POST") {
      mark = gcs_description(request)["metadata"]["holdfast-write"];
      CHECK(request.target.find("ifGenerationMatch=0") != std::string::npos);
      // The session is used at the endpoint, whichever host the server names.
      return {200, {{"Location", std::string("https://elsewhere.example") + kSession}}, ""};
    }
    if (request.method == "GET") return done ? answer() : gcs_fault(404, "notFound", "No such object: bucket/x");
    if (request.method == "DELETE") return {204, {}, ""};
    CHECK(request.target == kSession);
    ranges.push_back(request.header("content-range"));
    if (trouble)
      if (const auto said = trouble(request)) return *said;
    return take(request, request.body.size());
  }
  /// Keeps only the given number of new bytes; ignores bytes that it has already.
  Response take(const Request& request, std::size_t count) {
    const std::string range = request.header("content-range");
    if (!request.body.empty()) content.replace(std::stoul(range.substr(6)), count, request.body.substr(0, count));
    const std::string total = range.substr(range.find('/') + 1);
    done = done || total == std::to_string(content.size());
    if (done) return answer();
    if (content.empty()) return {308, {}, ""};
    return {308, {{"Range", "bytes=0-" + std::to_string(content.size() - 1)}}, ""};
  }
  Response answer() const {
    return {200, {}, gcs_object("x", std::to_string(content.size()), mark, hf::to_base64(hf::md5(hf::as_bytes(content))))};
  }

  std::function<std::optional<Response>(const Request&)> trouble;
  std::string mark, content;
  std::vector<std::string> ranges;
  bool done = false;
};

const hf::Bytes kBytes = random_bytes(2 * kChunk + 1, 7);

void store(hf::Storage& storage) {
  const auto writer = storage.open_writer("x");
  writer->write(kBytes);
  writer->commit();
}

void check_stored(Service& service) {
  ScriptedGcs gcs([&](const Request& request) { return service(request); });
  store(*gcs.storage);
  CHECK(service.content == hf::as_text(kBytes));
}

/// Runs into permanent trouble. The error never names the session.
hf::Error failure(Service& service, const hf::Options& more = {{"timeout", "1"}}) {
  ScriptedGcs gcs([&](const Request& request) { return service(request); }, more);
  const hf::Error error = error_of([&] { store(*gcs.storage); });
  CHECK_MESSAGE(error.message().find("canary") == std::string::npos, error.message());
  CHECK_MESSAGE(error.message().find("'x' in gs://bucket") != std::string::npos, error.message());
  return error;
}

}  // namespace

TEST_CASE("an endpoint's path precedes each request, also of an upload whose address the server names with it or without") {
  for (const std::string named : {"https://elsewhere.example", "https://elsewhere.example/some/gcs"}) {
    CAPTURE(named);
    Service service;
    const auto handler = [&](const Request& request) {
      CHECK(request.target.starts_with("/some/gcs/"));
      if (request.method == "GET") return Response{200, {}, kNoObjects};
      Request below = request;
      below.target.erase(0, std::string("/some/gcs").size());
      Response answer = service(below);
      if (request.method == "POST") answer.headers = {{"Location", named + kSession}};
      return answer;
    };
    ScriptedBucket bucket({.uri = "gs://bucket", .empty_listing = kNoObjects, .endpoint_path = "/some/gcs"}, handler,
                          {{"token", "canary"}, {"chunk_size", "256K"}, {"memory", "0"}});
    store(*bucket.storage);
    CHECK(service.content == hf::as_text(kBytes));
  }
}

TEST_CASE("an object is sent in chunks, and the last one states its length") {
  Service service;
  check_stored(service);
  CHECK(service.ranges == std::vector<std::string>{"bytes 0-262143/*", "bytes 262144-524287/*", "bytes 524288-524288/524289"});
}

TEST_CASE("only the bytes of a chunk that the server has not kept are sent again") {
  Service service;
  int puts = 0;
  service.trouble = [&](const Request& request) -> std::optional<Response> {
    ++puts;
    if (puts == 1) return service.take(request, 0);
    if (puts == 2) return service.take(request, 1000);
    return std::nullopt;
  };
  check_stored(service);
  CHECK(service.ranges[1] == "bytes 0-262143/*");
  CHECK(service.ranges[2] == "bytes 1000-262143/*");
}

TEST_CASE("after a broken connection or a fault, the server is asked how much it has") {
  Service service;
  int puts = 0;
  service.trouble = [&](const Request& request) -> std::optional<Response> {
    ++puts;
    if (puts == 1) {
      service.take(request, 300);
      return kBroken;
    }
    if (puts == 4) {  // the second chunk
      service.take(request, request.body.size());
      return gcs_fault(503, "backendError");
    }
    return std::nullopt;
  };
  check_stored(service);
  CHECK(service.ranges == std::vector<std::string>{"bytes 0-262143/*", "bytes */*", "bytes 300-262143/*", "bytes 262144-524287/*",
                                                   "bytes */*", "bytes 524288-524288/524289"});
}

TEST_CASE("an object whose last answer was lost is found") {
  Service service;
  bool gone = false;
  service.trouble = [&](const Request& request) -> std::optional<Response> {
    if (gone && service.done) return gcs_fault(404, "notFound");
    if (service.content.size() < 2 * kChunk || service.done) return std::nullopt;
    service.take(request, request.body.size());
    return kBroken;
  };
  SUBCASE("by the session") {
    check_stored(service);
    CHECK(service.ranges.back() == "bytes */524289");
  }
  SUBCASE("by its mark, when the session is over") {
    gone = true;
    check_stored(service);
  }
}

TEST_CASE("a token that expires during an upload is fetched again, and the refused chunk is resent") {
  int fetched = 0;
  HttpDouble metadata([&](const Request&) {
    return Response{200,
                    {{"Metadata-Flavor", "Google"}},
                    nlohmann::json{{"access_token", "token-" + std::to_string(++fetched)}, {"expires_in", 3600}}.dump()};
  });
  Service service;
  service.trouble = [&](const Request& request) -> std::optional<Response> {
    if (service.content.size() < kChunk || request.header("authorization") != "Bearer token-1") return std::nullopt;
    return gcs_fault(401, "authError", "Invalid Credentials");
  };
  ScriptedGcs gcs([&](const Request& request) { return service(request); },
                  {{"credentials", "metadata"}, {"metadata_host", metadata.url()}});
  store(*gcs.storage);
  CHECK(service.content == hf::as_text(kBytes));
  CHECK(fetched == 2);
}

TEST_CASE("the session's address, which allows anybody to write, is in no message") {
  Service service;
  Response said;
  service.trouble = [&](const Request&) { return std::optional(said); };
  const std::string message = "PUT https://storage.googleapis.com" + std::string(kSession);
  SUBCASE("refused") {
    said = gcs_fault(403, "forbidden", message);
    CHECK(failure(service).code() == hf::ErrorCode::permission_denied);
  }
  SUBCASE("faults forever") {
    said = gcs_fault(503, "backendError", message);
    CHECK(failure(service).retryable());
  }
  SUBCASE("cut forever") {
    said = {.drop = true};
    CHECK(failure(service).code() == hf::ErrorCode::network);
  }
  SUBCASE("dropped") {
    said = gcs_fault(410, "gone", message);
    check_error(failure(service), hf::ErrorCode::conflict, "the server dropped the upload");
  }
  SUBCASE("keeping nothing forever") {
    said = {308, {}, ""};
    CHECK(failure(service).code() == hf::ErrorCode::network);
  }
  SUBCASE("done too early") {
    said = {200, {}, gcs_object("x", "1", "m")};
    check_error(failure(service), hf::ErrorCode::network, "before its last bytes");
  }
}

TEST_CASE("an upload whose beginning the server lost, or whose bytes it changed, fails") {
  Service service;
  service.trouble = [&](const Request& request) -> std::optional<Response> {
    if (service.content.size() < 2 * kChunk) return std::nullopt;
    service.take(request, request.body.size());
    service.content[5] ^= 1;
    return service.answer();
  };
  SUBCASE("changed") {
    ScriptedGcs gcs([&](const Request& request) { return service(request); });
    check_error(error_of([&] { store(*gcs.storage); }), hf::ErrorCode::network, "other bytes than were sent");
    CHECK(gcs.requests().back().method == "DELETE");
  }
  SUBCASE("lost") {
    service.trouble = [&](const Request&) -> std::optional<Response> {
      if (service.content.size() < 2 * kChunk) return std::nullopt;
      return Response{308, {{"Range", "bytes=0-999"}}, ""};
    };
    check_error(failure(service), hf::ErrorCode::conflict, "has lost a part");
  }
}

TEST_CASE("an abandoned upload is ended on the server") {
  Service service;
  ScriptedGcs gcs([&](const Request& request) { return service(request); });
  gcs.storage->open_writer("x")->write(kBytes);
  CHECK(gcs.requests().back().method == "DELETE");
  CHECK(gcs.requests().back().target == kSession);
}
