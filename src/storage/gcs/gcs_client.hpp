#pragma once

#include <functional>
#include <memory>
#include <string>

#include "holdfast/error.hpp"
#include "storage/gcs/gcs_json.hpp"
#include "storage/gcs/gcs_options.hpp"
#include "storage/http/bearer_token.hpp"

namespace holdfast {

struct GcsRequest {
  std::string method = "GET";
  std::string target;  ///< path and query at the endpoint, percent-encoded; may be a secret: never in a message
  std::string about;   ///< for messages: "'packs/00' in gs://bucket"
  HttpHeaders headers;
  ByteView body;            ///< borrowed until the response is read
  bool look_first = false;  ///< a lost answer is an Error at once: the caller checks the outcome before it sends again
};

/// The status of an upload that is not complete yet.
inline constexpr int kGcsResume = 308;

/// The server's final answer: success, or an error that a retry does not fix.
struct GcsReply : HttpReply {
  GcsFault fault;

  /// Returns whether the same request may succeed a little later.
  bool transient() const noexcept;
  /// Returns this answer as an error: "can't WHAT: …".
  Error error(const std::string& what) const;
};

/// Authorized requests to one bucket. Retries temporary errors, and retries once with a new token if the server refuses
/// the old one. Follows no redirect. Safe from any thread.
class GcsClient {
 public:
  GcsClient(const GcsOptions& options, const HttpWorld& world);

  const GcsOptions& options() const noexcept { return options_; }
  Random& random() const noexcept { return *world_.random; }
  const std::stop_token& stop() const noexcept { return world_.stop; }

  /// Begins the attempts of one call.
  Retry begin(std::stop_token stop) const { return {options_.retry, *world_.random, std::move(stop)}; }
  Retry begin() const { return begin(world_.stop); }
  /// For a call that cleans up after a failed one or checks its outcome. It continues even if the failed call was
  /// cancelled.
  Retry begin_short() const { return {options_.retry.shortened(), *world_.random}; }

  /// Throws Error if there is no answer in time.
  GcsReply send(const GcsRequest& request, Retry& retry);
  GcsReply open(const GcsRequest& request, Retry& retry);
  /// Makes one attempt, for requests that must not be repeated without a check. Throws Error if there is no answer.
  GcsReply send_once(const GcsRequest& request, const Retry& retry);

  /// Returns the path of an object, or of the bucket's objects if `key` is empty.
  std::string object_path(const std::string& key) const;
  std::string upload_path() const { return "/upload" + object_path({}); }

 private:
  using Consume = std::function<void(std::unique_ptr<HttpStream>, GcsReply&)>;
  GcsReply exchange(const GcsRequest& request, Retry& retry, const Consume& consume);
  GcsReply attempt(const GcsRequest& request, const Retry& retry, const Consume& consume);
  std::unique_ptr<HttpStream> open_stream(const GcsRequest& request, const BearerToken& token, const Retry& retry);

  GcsOptions options_;
  HttpWorld world_;
  HttpClient http_;
  BearerTokenCache tokens_;
};

}  // namespace holdfast
