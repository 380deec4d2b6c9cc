#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "holdfast/error.hpp"
#include "storage/azure/azure_credentials.hpp"
#include "storage/azure/azure_options.hpp"
#include "storage/azure/azure_xml.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/http_retry.hpp"
#include "storage/http/server_clock.hpp"

namespace holdfast {

struct AzureRequest {
  std::string method = "GET";
  std::string blob;  ///< empty = the container
  std::map<std::string, std::string> query;
  HttpHeaders headers;
  ByteView body;            ///< borrowed until the response is read; hashed once for all attempts
  bool look_first = false;  ///< a lost answer is an Error at once: the caller checks the outcome before it sends again
};

/// The server's final answer: success, or an error that a retry does not fix.
struct AzureReply : HttpReply {
  AzureFault fault;
  AzureCredential::Kind asked_with = AzureCredential::Kind::nothing;

  /// Returns this answer as an error: "can't WHAT: …".
  Error error(const std::string& what) const;
};

/// Authenticated requests to one container. Retries temporary errors, and adapts to the server's clock and to refused
/// tokens. Safe from any thread.
class AzureClient {
 public:
  AzureClient(const AzureOptions& options, const HttpWorld& world);

  const AzureOptions& options() const noexcept { return options_; }
  Random& random() const noexcept { return *world_.random; }
  const std::stop_token& stop() const noexcept { return world_.stop; }

  /// Begins the attempts of one call.
  Retry begin(std::stop_token stop) const { return {options_.retry, *world_.random, std::move(stop)}; }
  Retry begin() const { return begin(world_.stop); }
  /// For a call that cleans up after a failed one or checks its outcome. It continues even if the failed call was
  /// cancelled.
  Retry begin_short() const { return {options_.retry.shortened(), *world_.random}; }

  /// Throws Error if there is no answer in time.
  AzureReply send(const AzureRequest& request, Retry& retry);
  AzureReply open(const AzureRequest& request, Retry& retry);

 private:
  using Consume = std::function<void(std::unique_ptr<HttpStream>, AzureReply&)>;

  AzureReply exchange(const AzureRequest& request, Retry& retry, const Consume& consume);
  std::unique_ptr<HttpStream> attempt(const AzureRequest& request, const std::string& md5, const AzureCredential& credential, Retry& retry);
  bool adapt(const AzureReply& reply, const AzureCredential& credential, TimePoint sent);

  AzureOptions options_;
  HttpWorld world_;
  HttpClient http_;
  CredentialCache<AzureCredential> credentials_;
  ServerClock clock_;
};

}  // namespace holdfast
