#include "storage/http/http_retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace holdfast {

bool is_transient_status(int status) noexcept {
  constexpr std::array kTransient = {408, 429, 500, 502, 503, 504};
  return std::ranges::find(kTransient, status) != kTransient.end();
}

std::chrono::milliseconds retry_after(const HttpHead& head) {
  unsigned seconds = 0;
  const std::string_view text = head.header("retry-after");
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::chrono::seconds(std::min(seconds, 3600U));
}

}  // namespace holdfast
