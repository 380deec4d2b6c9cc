#include "storage/http/option_values.hpp"

#include <algorithm>

#include "holdfast/error.hpp"
#include "storage/http/url.hpp"

namespace holdfast {

void refuse_value(std::string_view key, const std::string& wanted) {
  throw Error(ErrorCode::invalid_argument, "option " + std::string(key) + " takes " + wanted);
}

std::string header_value(const ParsedOptions& given, std::string_view key) {
  const std::string& text = given.text(key);
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; })) refuse_value(key, "printable ASCII without spaces");
  return text;
}

std::string origin_value(const ParsedOptions& given, std::string_view key) {
  if (!given.given(key)) return given.text(key);
  const Url url = parse_url(given.text(key));
  if (url.path != "/" || !url.query.empty()) refuse_value(key, "https://HOST[:PORT] or http://HOST[:PORT]");
  return url.origin();
}

}  // namespace holdfast
