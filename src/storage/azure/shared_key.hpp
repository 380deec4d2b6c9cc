#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"
#include "holdfast/clock.hpp"
#include "storage/http/http.hpp"

namespace holdfast {

/// The parts of a request that a SharedKey signature covers.
struct SharedKeyRequest {
  std::string_view method;
  std::string_view path;                            ///< percent-encoded, as sent
  const std::map<std::string, std::string>& query;  ///< lower-case names; values not encoded
  const HttpHeaders& headers;                       ///< all fields that are sent, except Content-Length; lower-case names
  std::uint64_t content_length = 0;
};

/// Returns "Fri, 26 Jun 2015 23:39:12 GMT".
std::string azure_date(TimePoint time);

/// Returns the value of the Authorization header: the scheme SharedKey of Azure's blob service. `key` is the decoded
/// account key.
std::string authorization_shared_key(const SharedKeyRequest& request, std::string_view account, const Secret& key);

}  // namespace holdfast
