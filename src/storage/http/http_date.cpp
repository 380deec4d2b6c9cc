#include "storage/http/http_date.hpp"

#include <curl/curl.h>

#include <string>

namespace holdfast {

std::optional<TimePoint> parse_http_date(std::string_view text) {
  const time_t seconds = curl_getdate(std::string(text).c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return TimePoint(std::chrono::seconds(seconds));
}

}  // namespace holdfast
