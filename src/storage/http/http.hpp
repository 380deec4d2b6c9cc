#pragma once

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// Header fields in their order; names in lower case.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< percent-encoded; sent unchanged
  HttpHeaders headers;
  ByteView body;  ///< borrowed until the response is read or dropped
  /// The time by which there must be an answer, or at least bytes in transfer.
  std::chrono::steady_clock::time_point give_up = std::chrono::steady_clock::time_point::max();
  std::stop_token stop;  ///< ends the request and the reading of its response: Error{cancelled}
};

/// The status line and header fields of a response.
struct HttpHead {
  int status = 0;
  HttpHeaders headers;

  /// Returns the value of the first field with that (lower-case) name; empty if there is none.
  std::string_view header(std::string_view name) const noexcept {
    const auto found = std::ranges::find(headers, name, [](const auto& field) { return std::string_view(field.first); });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
  }
};

struct HttpResponse : HttpHead {
  Bytes body;
};

}  // namespace holdfast
