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
  bool look_first = false;  ///< an answer that is lost is an Error at once: the caller looks what became of it before it sends it again
};

/// The status of an upload that goes on.
inline constexpr int kGcsResume = 308;

/// What the server said in the end: success, or what trying again does not mend.
struct GcsReply : HttpReply {
  GcsFault fault;

  /// Whether a server that says this may do what was asked a little later.
  bool transient() const noexcept;
  /// The error this is: "can't WHAT: …".
  Error error(const std::string& what) const;
};

/// Authorized requests to one bucket. Tries again what may pass, and once with a new token where the old one is refused. Follows no
/// redirect. Safe from any thread.
class GcsClient {
 public:
  GcsClient(const GcsOptions& options, const HttpWorld& world);

  const GcsOptions& options() const noexcept { return options_; }
  Random& random() const noexcept { return *world_.random; }
  const std::stop_token& stop() const noexcept { return world_.stop; }

  /// The attempts of one call.
  Retry begin(std::stop_token stop) const { return {options_.retry, *world_.random, std::move(stop)}; }
  Retry begin() const { return begin(world_.stop); }
  /// Of a call that tidies up or looks what became of one that failed; it goes on when that was cancelled.
  Retry begin_short() const { return {options_.retry.shortened(), *world_.random}; }

  /// Throws Error when no answer can be had in time.
  GcsReply send(const GcsRequest& request, Retry& retry);
  GcsReply open(const GcsRequest& request, Retry& retry);
  /// One attempt, for what must not be sent twice unasked. Throws Error when there is no answer.
  GcsReply send_once(const GcsRequest& request, const Retry& retry);

  /// The path of an object, or of the bucket's objects if `key` is empty.
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
