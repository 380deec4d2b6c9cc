#pragma once

#include <string>

#include "storage/http/credential_client.hpp"
#include "storage/s3/credentials.hpp"

namespace holdfast {

/// The base of sources of keys that use HTTP.
class RemoteKeys : public CredentialProvider<AwsKeys> {
 public:
  RemoteKeys(const HttpOptions& http, const RetryTimes& policy, const HttpWorld& world) : client_(http, policy, world) {}

 protected:
  HttpResponse ask(const HttpRequest& request) { return client_.ask(request); }
  /// Throws Error{unauthenticated}.
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  CredentialClient client_;
};

/// Parses the JSON that container endpoints, instances and a profile's programs have in common. Returns null if it
/// holds no keys. `token` is the name of the session token.
std::optional<AwsCredentials> parse_key_json(ByteView body, const char* token);

/// The form that exchanges a web identity's token for keys at STS.
std::string web_identity_form(const std::string& role_arn, const std::string& session_name, const Secret& token);
/// The endpoint of STS for these options.
std::string sts_endpoint(const S3Options& options);

}  // namespace holdfast
