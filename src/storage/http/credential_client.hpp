#pragma once

#include <string>

#include "holdfast/bytes.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/http_retry.hpp"

namespace holdfast {

/// Asks endpoints that issue credentials. Their answers contain secrets, so no body appears in a message. Used by one
/// thread.
class CredentialClient {
 public:
  CredentialClient(const HttpOptions& http, const RetryTimes& policy, const HttpWorld& world)
      : client_(http), policy_(policy), world_(world) {}

  /// Returns the answer with any status; retries 429 and 5xx. Throws Error if there is none in time.
  HttpResponse ask(HttpRequest request);

 private:
  HttpClient client_;
  RetryTimes policy_;
  HttpWorld world_;
};

/// Reads a small file with a credential, without the white space at its end. Throws Error{unauthenticated} if it can't
/// be read or is empty.
Secret read_secret_file(const std::string& path);

}  // namespace holdfast
