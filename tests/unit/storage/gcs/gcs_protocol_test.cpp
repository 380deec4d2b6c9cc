// Events too rare with real servers: answers that are false, contradict themselves, or redirect elsewhere.
#include "unit/storage/gcs/gcs_script.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;
using Request = HttpDouble::Request;
using Response = HttpDouble::Response;

TEST_CASE("throttling and server faults are retried, and the object is sent in one request that never overwrites") {
  int left = 6;
  ScriptedGcs gcs(
      [&](const Request& request) {
        if (request.method == "GET") return gcs_fault(404, "notFound", "No such object: bucket/a/x");  // the check after a lost answer
        switch (left--) {
          case 6: return gcs_fault(503, "backendError");
          case 5: return gcs_fault(500, "internalError");
          case 4: return Response{429, {{"Retry-After", "0"}}, ""};
          case 3: return Response{.drop = true};
          case 2: return gcs_fault(403, "rateLimitExceeded");
          case 1: return Response{.status = 200, .body = "{\"name\"", .body_shown = 3};
          default: return gcs_stored(request);
        }
      },
      {{"storage_class", "NEARLINE"}, {"kms_key", "projects/p/key"}, {"timeout", "60"}});
  CHECK(gcs.storage->put_new("a/x", hf::as_bytes("body")) == hf::PutResult::created);
  REQUIRE(std::ranges::count(gcs.requests(), "POST", &Request::method) == 7);
  for (const Request& request : gcs.requests()) {
    if (request.method == "GET") continue;
    CHECK(request.header("authorization") == "Bearer canary-token");
    CHECK(request.target.starts_with("/upload/storage/v1/b/bucket/o?"));
    for (const char* said : {"ifGenerationMatch=0", "name=a%2Fx", "uploadType=multipart", "kmsKeyName=projects%2Fp%2Fkey"})
      CHECK_MESSAGE(request.target.find(said) != std::string::npos, request.target);
    CHECK(gcs_description(request)["storageClass"] == "NEARLINE");
    CHECK(gcs_description(request)["md5Hash"] == "hBotaJrYa9FhFEdFPCLG/A==");  // lets the server refuse bytes that changed in transfer
    CHECK(request.body.find("\r\n\r\nbody\r\n--") != std::string::npos);
  }
}

TEST_CASE("a permanent error is reported at once") {
  ScriptedGcs gcs([&](const Request&) { return gcs_fault(403, "forbidden", "not you"); });
  const hf::Error error = error_of([&] { gcs.storage->put_new("x", {}); });
  check_error(error, hf::ErrorCode::permission_denied, "x");
  CHECK(error.message().find("not you") != std::string::npos);
  CHECK_FALSE(error.retryable());
  CHECK(gcs.requests().size() == 1);
}

TEST_CASE("a name that is taken is ours if it has our mark") {
  std::string mark, md5;
  bool ours = true;
  ScriptedGcs gcs([&](const Request& request) {
    if (request.method == "GET") return Response{200, {}, gcs_object("x", "4", ours ? mark : "another's", md5)};
    mark = gcs_description(request)["metadata"]["holdfast-write"];
    md5 = gcs_description(request)["md5Hash"];
    return gcs_fault(412, "conditionNotMet");
  });
  CHECK(gcs.storage->put_new("x", hf::as_bytes("body")) == hf::PutResult::created);
  ours = false;
  CHECK(gcs.storage->put_new("x", hf::as_bytes("body")) == hf::PutResult::already_exists);
}

TEST_CASE("an object that the server stored with other bytes is a failure, and is removed") {
  ScriptedGcs gcs([&](const Request& request) {
    if (request.method == "DELETE") return Response{204, {}, ""};
    const auto said = gcs_description(request);
    return Response{200, {}, gcs_object("x", "4", said["metadata"]["holdfast-write"], "1B2M2Y8AsgTpgAmY7PhCfg==")};
  });
  const hf::Error error = error_of([&] { gcs.storage->put_new("x", hf::as_bytes("body")); });
  check_error(error, hf::ErrorCode::network, "other bytes than were sent");
  CHECK(gcs.requests().back().method == "DELETE");
  CHECK(gcs.requests().back().target == "/storage/v1/b/bucket/o/x?generation=17");
}

TEST_CASE("a refused token is reported in one line without the token") {
  ScriptedGcs gcs([&](const Request&) { return gcs_fault(401, "authError", "Invalid Credentials"); });
  const hf::Error error = error_of([&] { gcs.storage->stat("x"); });
  check_error(error, hf::ErrorCode::unauthenticated, "x");
  CHECK(error.message().find("canary") == std::string::npos);
  CHECK(error.message().find('\n') == std::string::npos);
}

TEST_CASE("a redirect is never followed") {
  HttpDouble elsewhere([](const Request&) { return Response{}; });
  ScriptedGcs gcs([&](const Request&) { return Response{307, {{"Location", elsewhere.url() + "/x"}}, ""}; });
  check_error(error_of([&] { gcs.storage->put_new("x", {}); }), hf::ErrorCode::network, "option endpoint");
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("a listing that repeats itself, is out of order, or is not a listing is an error") {
  const auto page = [](const std::string& names, const std::string& next) {
    nlohmann::json body = {{"kind", "storage#objects"}, {"items", nlohmann::json::array()}};
    for (const char name : names)
      body["items"].push_back({{"name", std::string(1, name)}, {"size", "0"}, {"timeCreated", "2026-11-20T18:04:11Z"}});
    if (!next.empty()) body["nextPageToken"] = next;
    return Response{200, {}, body.dump()};
  };
  const auto check_incomplete = [&](const HttpDouble::Handler& handler) {
    ScriptedGcs gcs(handler, {{"timeout", "1"}});
    check_error(error_of([&] { names(*gcs.storage); }), hf::ErrorCode::network, "gs://bucket");
  };
  check_incomplete([&](const Request&) { return page("ba", ""); });
  check_incomplete([&](const Request&) { return page("ab", "again"); });
  check_incomplete([&](const Request&) { return page("", "again"); });
  check_incomplete([&](const Request&) { return Response{200, {}, "{}"}; });
  check_incomplete([&](const Request&) { return Response{200, {}, R"({"kind":"storage#objects","items":[{"name":"x"}]})"}; });
  int requests = 0;
  ScriptedGcs gcs([&](const Request&) {
    ++requests;
    if (requests == 1) return gcs_fault(503, "backendError");
    if (requests == 3) return Response{.status = 200, .body = kNoObjects, .body_shown = 10};
    if (requests == 4) return Response{200, {}, "<html>"};
    return requests == 2 ? page("ab", "next one/") : page("c", "");
  });
  CHECK(names(*gcs.storage) == std::vector<std::string>{"a", "b", "c"});
  CHECK(gcs.requests().back().target.find("pageToken=next%20one%2F") != std::string::npos);
}

TEST_CASE("a missing bucket is not reported as a missing object") {
  ScriptedGcs gcs([&](const Request&) { return gcs_fault(404, "notFound", "The specified bucket does not exist."); });
  check_error(error_of([&] { gcs.storage->stat("x"); }), hf::ErrorCode::not_found, "bucket");
  check_error(error_of([&] { names(*gcs.storage); }), hf::ErrorCode::not_found, "bucket");
  ScriptedGcs other([&](const Request&) { return gcs_fault(404, "notFound", "No such object: bucket/x"); });
  CHECK_FALSE(other.storage->stat("x").has_value());
}

TEST_CASE("a broken read resumes with the same version, and never with another one") {
  for (const bool same : {true, false}) {
    CAPTURE(same);
    ScriptedGcs gcs([&](const Request& request) {
      if (request.target == "/storage/v1/b/bucket/o/x?alt=media")
        return Response{.status = 200, .headers = {{"X-Goog-Generation", "17"}}, .body = std::string(1000, 'x'), .body_shown = 500};
      CHECK(request.target == "/storage/v1/b/bucket/o/x?alt=media&generation=17");
      CHECK(request.header("range") == "bytes=500-999");
      if (!same) return gcs_fault(404, "notFound", "No such object: bucket/x");
      return Response{206, {{"Content-Range", "bytes 500-999/1000"}, {"X-Goog-Generation", "17"}}, std::string(500, 'x')};
    });
    if (same)
      CHECK(text(*gcs.storage, "x") == std::string(1000, 'x'));
    else
      check_error(error_of([&] { text(*gcs.storage, "x"); }), hf::ErrorCode::not_found, "removed or replaced while it was read");
  }
  ScriptedGcs lying([&](const Request&) { return Response{206, {{"Content-Range", "bytes 0-3/100"}}, "0123"}; });
  CHECK(error_of([&] { lying.storage->open_reader("x", 5, 4); }).code() == hf::ErrorCode::unsupported);
}

TEST_CASE("a removal names the version that was there, and counts as done if its answer was lost") {
  bool dropped = false;
  ScriptedGcs gcs([&](const Request& request) {
    if (request.method == "GET") return Response{200, {}, gcs_object("x", "1", "m")};
    CHECK(request.target.ends_with("?generation=17"));
    if (!std::exchange(dropped, true)) return Response{.drop = true};
    return gcs_fault(404, "notFound", "No such object: bucket/x");
  });
  gcs.storage->remove("x");
  CHECK(dropped);
}
