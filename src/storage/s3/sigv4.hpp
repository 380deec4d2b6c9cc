#pragma once

#include <map>
#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"
#include "holdfast/clock.hpp"

namespace holdfast {

struct AwsKeys {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;  ///< empty unless the keys are temporary
  bool operator==(const AwsKeys& other) const noexcept;
};

/// What a signature covers.
struct SignedRequest {
  std::string_view method;
  std::string_view path;                       ///< percent-encoded, as it is sent
  std::string_view query;                      ///< as from canonical_query()
  std::map<std::string, std::string> headers;  ///< lower-case names, trimmed values; "host" among them
  std::string_view payload_hash;               ///< SHA-256 of the body, hex
};

/// "20130524T000000Z"
std::string amz_date(TimePoint time);

/// The value of the Authorization header: AWS Signature Version 4.
std::string authorization_v4(const SignedRequest& request, const AwsKeys& keys, TimePoint time, std::string_view region,
                             std::string_view service);

}  // namespace holdfast
