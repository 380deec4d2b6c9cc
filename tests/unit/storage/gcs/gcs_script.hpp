#pragma once

#include <nlohmann/json.hpp>

#include "conformance/storage_suite.hpp"
#include "support/scripted_bucket.hpp"

/// A Google Cloud Storage whose answers a test writes.
namespace holdfast::testing {

constexpr const char* kNoObjects = R"({"kind":"storage#objects"})";

inline HttpDouble::Response gcs_fault(int status, const std::string& reason, const std::string& message = {}) {
  const nlohmann::json error = {{"code", status}, {"message", message}, {"errors", {{{"reason", reason}, {"message", message}}}}};
  return {status, {}, nlohmann::json{{"error", error}}.dump()};
}

/// Returns an object as the server describes it.
inline std::string gcs_object(const std::string& name, const std::string& size, const std::string& mark, const std::string& md5 = {}) {
  return nlohmann::json{{"name", name},       {"size", size},   {"timeCreated", "2026-11-20T18:04:11.123Z"},
                        {"generation", "17"}, {"md5Hash", md5}, {"metadata", {{"holdfast-write", mark}}}}
      .dump();
}

/// Returns the description in an upload: the whole body, or its first part.
inline nlohmann::json gcs_description(const HttpDouble::Request& request) {
  const std::size_t begin = request.body.find('{');
  const std::size_t end = std::min(request.body.find("\r\n--", begin), request.body.size());
  return nlohmann::json::parse(request.body.substr(begin, end - begin));
}

/// Returns the answer to a successful upload in one request.
inline HttpDouble::Response gcs_stored(const HttpDouble::Request& request) {
  const auto said = gcs_description(request);
  const std::string head = "octet-stream\r\n\r\n";
  const std::size_t begin = request.body.rfind(head) + head.size();
  const std::size_t size = request.body.rfind("\r\n--") - begin;
  return {200, {}, gcs_object(said["name"], std::to_string(size), said["metadata"]["holdfast-write"], said["md5Hash"])};
}

class ScriptedGcs : public ScriptedBucket {
 public:
  explicit ScriptedGcs(HttpDouble::Handler handler, const Options& more = {})
      : ScriptedBucket({.uri = "gs://bucket", .empty_listing = kNoObjects, .endpoint_path = ""}, std::move(handler),
                       with_others(more, others(more))) {}

 private:
  static Options others(const Options& more) {
    Options options{{"chunk_size", "256K"}, {"memory", "0"}};
    if (!more.contains("credentials")) options["token"] = "canary-token";
    return options;
  }
};

}  // namespace holdfast::testing
