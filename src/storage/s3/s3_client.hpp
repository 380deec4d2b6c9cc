#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "holdfast/error.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/http_retry.hpp"
#include "storage/http/server_clock.hpp"
#include "storage/s3/credentials.hpp"
#include "storage/s3/s3_options.hpp"
#include "storage/s3/s3_xml.hpp"

namespace holdfast {

struct S3Request {
  std::string method = "GET";
  std::string key;  ///< empty = the bucket
  std::map<std::string, std::string> query;
  HttpHeaders headers;      ///< all are signed
  ByteView body;            ///< borrowed until the response is read; hashed once for all attempts
  bool look_first = false;  ///< a lost answer is an Error at once: the caller checks the outcome before it sends again
};

/// The server's final answer: success, or an error that a retry does not fix.
struct S3Reply : HttpReply {
  S3Fault fault;
  /// Returns this answer as an error: "can't WHAT: …".
  Error error(const std::string& what) const;
};

/// Returns whether the same request may succeed a little later.
bool is_transient(int status, std::string_view code);

/// Signed requests to one bucket. Retries temporary errors. Adapts to the server's clock, the bucket's region, renewed
/// keys, and redirects within the same service. Safe from any thread.
class S3Client {
 public:
  S3Client(const S3Options& options, const HttpWorld& world);

  const S3Options& options() const noexcept { return options_; }
  Random& random() const noexcept { return *world_.random; }
  const std::stop_token& stop() const noexcept { return world_.stop; }

  /// Returns the server's time, as known from its answers; this machine's time before the first answer.
  TimePoint server_now() const { return world_.clock->now() + std::chrono::seconds(server_offset_.load()); }

  /// Begins the attempts of one call.
  Retry begin(std::stop_token stop) const { return {options_.retry, *world_.random, std::move(stop)}; }
  Retry begin() const { return begin(world_.stop); }
  /// For a call that cleans up after a failed one or checks its outcome. It continues even if the failed call was
  /// cancelled.
  Retry begin_short() const { return {options_.retry.shortened(), *world_.random}; }

  /// Throws Error if there is no answer in time.
  S3Reply send(const S3Request& request, Retry& retry);
  S3Reply open(const S3Request& request, Retry& retry);

 private:
  /// The current address for requests.
  struct Place {
    std::string base;  ///< URL before the bucket's name or the keys
    std::string region;
    bool path_style = false;
  };
  /// Hashes of a request's body.
  struct Digests {
    std::string sha256;  ///< hex
    std::string md5;     ///< base64; empty = not sent
  };
  using Consume = std::function<void(std::unique_ptr<HttpStream>, S3Reply&)>;

  Place place() const;
  std::string shown(const S3Request& request) const;
  S3Reply exchange(const S3Request& request, Retry& retry, const Consume& consume);
  std::unique_ptr<HttpStream> attempt(const S3Request& request, const Digests& body, const Place& place, const AwsKeys& keys, Retry& retry);
  bool adapt(const S3Reply& reply, Place& place, const AwsKeys& keys, TimePoint sent);
  bool learn_region(const S3Reply& reply, Place& place);
  bool follow_redirect(const S3Reply& reply, Place& place) const;
  bool learn_clock(const S3Reply& reply, TimePoint sent);
  void note_server_time(const HttpHead& head);

  S3Options options_;
  HttpWorld world_;
  HttpClient http_;
  CredentialCache<AwsKeys> credentials_;
  ServerClock clock_;                           // the time for signatures
  std::atomic<std::int64_t> server_offset_{0};  // seconds
  mutable std::mutex mutex_;
  std::string region_;
};

}  // namespace holdfast
