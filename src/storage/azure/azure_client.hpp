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
#include "storage/http/retry.hpp"
#include "storage/http/server_clock.hpp"

namespace holdfast {

struct AzureRequest {
  std::string method = "GET";
  std::string blob;  ///< empty = the container
  std::map<std::string, std::string> query;
  HttpHeaders headers;
  ByteView body;            ///< borrowed until the response is read; hashed once, however often it is sent
  bool look_first = false;  ///< an answer that is lost is an Error at once: the caller looks what became of it before it sends it again
};

/// What the server said in the end: success, or what trying again does not mend.
struct AzureReply : HttpReply {
  AzureFault fault;
  AzureCredential::Kind asked_with = AzureCredential::Kind::nothing;

  /// The error this is: "can't WHAT: …".
  Error error(const std::string& what) const;
};

/// Requests to one container that show who asks. Tries again what may pass, and adapts to the server's clock and to tokens that are
/// refused. Safe from any thread.
class AzureClient {
 public:
  AzureClient(const AzureOptions& options, const HttpWorld& world);

  const AzureOptions& options() const noexcept { return options_; }
  Random& random() const noexcept { return *world_.random; }
  const std::stop_token& stop() const noexcept { return world_.stop; }

  /// The attempts of one call.
  Retry begin(std::stop_token stop) const { return {options_.retry, *world_.random, std::move(stop)}; }
  Retry begin() const { return begin(world_.stop); }
  /// Of a call that tidies up or looks what became of one that failed; it goes on when that was cancelled.
  Retry begin_short() const { return {options_.retry.shortened(), *world_.random}; }

  /// Throws Error when no answer can be had in time.
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
