#include "storage/http/option_values.hpp"

#include <algorithm>

#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "storage/http/url.hpp"

namespace holdfast {

namespace {

constexpr const char* kBaseUrl = "https://HOST[:PORT][/PATH] or http://HOST[:PORT][/PATH]";

}  // namespace

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

std::string base_url_value(const ParsedOptions& given, std::string_view key) {
  if (!given.given(key)) return given.text(key);
  const Url url = parse_url(given.text(key));
  std::string_view path = url.path;
  while (path.ends_with('/')) path.remove_suffix(1);
  std::string base = url.origin();
  while (!path.empty()) {
    path.remove_prefix(1);  // its '/'
    const std::string_view part = path.substr(0, path.find('/'));
    const auto decoded = percent_decode(part);
    if (!decoded) refuse_value(key, kBaseUrl);
    base += "/" + percent_encode(*decoded);
    path.remove_prefix(part.size());
  }
  if (!url.query.empty()) refuse_value(key, kBaseUrl);
  return base;
}

}  // namespace holdfast
