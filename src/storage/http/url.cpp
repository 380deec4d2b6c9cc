#include "storage/http/url.hpp"

#include <curl/curl.h>

#include <memory>

#include "base/uri.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

struct FreeUrl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};

std::string part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
  return text;
}

}  // namespace

Url parse_url(std::string_view text) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (!url) throw std::bad_alloc();
  const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), CURLU_PATH_AS_IS | CURLU_DISALLOW_USER);
  Url parsed{part(url.get(), CURLUPART_SCHEME), part(url.get(), CURLUPART_HOST), part(url.get(), CURLUPART_PORT),
             part(url.get(), CURLUPART_PATH), part(url.get(), CURLUPART_QUERY)};
  if (code != CURLUE_OK || (parsed.scheme != "http" && parsed.scheme != "https") || parsed.host.empty())
    throw Error(ErrorCode::invalid_argument, "this is not an http:// or https:// URL without user and password: " + redact_uri(text));
  if (parsed.port == (parsed.scheme == "http" ? "80" : "443")) parsed.port.clear();
  for (char& c : parsed.host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return parsed;
}

std::string canonical_query(const std::map<std::string, std::string>& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (!query.empty()) query += '&';
    query += percent_encode(name) + "=" + percent_encode(value);
  }
  return query;
}

std::string percent_encode_path(std::string_view path) {
  std::string encoded;
  for (std::size_t begin = 0;;) {
    const std::size_t slash = path.find('/', begin);
    encoded += percent_encode(path.substr(begin, slash == std::string_view::npos ? slash : slash - begin));
    if (slash == std::string_view::npos) return encoded;
    encoded += '/';
    begin = slash + 1;
  }
}

}  // namespace holdfast
