#pragma once

#include <string>

#include "holdfast/bytes.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/retry.hpp"

namespace holdfast {

/// Asks the endpoints that give out credentials. Their answers hold secrets: no body of theirs goes into a message. Used by one thread.
class CredentialClient {
 public:
  CredentialClient(const HttpOptions& http, const HttpRetryPolicy& policy, const HttpWorld& world)
      : client_(http), policy_(policy), world_(world) {}

  /// The answer, whatever its status; waits out 429 and 5xx. Throws Error when there is none in time.
  HttpResponse ask(HttpRequest request);

 private:
  HttpClient client_;
  HttpRetryPolicy policy_;
  HttpWorld world_;
};

/// A small file that holds a credential, without white space at its end. Throws Error{unauthenticated} when it can't be read or is empty.
Secret read_secret_file(const std::string& path);

}  // namespace holdfast
