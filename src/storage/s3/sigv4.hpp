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

/// The parts of a request that a signature covers.
struct SignedRequest {
  std::string_view method;
  std::string_view path;                       ///< percent-encoded, as sent
  std::string_view query;                      ///< from canonical_query()
  std::map<std::string, std::string> headers;  ///< lower-case names, trimmed values; includes "host"
  std::string_view payload_hash;               ///< SHA-256 of the body, hex
};

/// Returns "20130524T000000Z".
std::string amz_date(TimePoint time);

/// Returns the value of the Authorization header: AWS Signature Version 4.
std::string authorization_v4(const SignedRequest& request, const AwsKeys& keys, TimePoint time, std::string_view region,
                             std::string_view service);

}  // namespace holdfast
