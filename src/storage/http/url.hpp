#pragma once

#include <map>
#include <string>
#include <string_view>

namespace holdfast {

struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lower case; IPv6 in brackets
  std::string port;    ///< empty = the scheme's
  std::string path;    ///< from its '/', percent-encoded; "/" if there is none
  std::string query;   ///< without '?'

  std::string host_and_port() const { return port.empty() ? host : host + ":" + port; }
  std::string origin() const { return scheme + "://" + host_and_port(); }
};

/// Takes an http or https URL apart. Throws Error{invalid_argument} for anything else, and for one that carries a user or password.
Url parse_url(std::string_view text);

/// Parameters percent-encoded and in order.
std::string canonical_query(const std::map<std::string, std::string>& parameters);

/// Encodes what RFC 3986 does not leave as it is, but for '/'.
std::string percent_encode_path(std::string_view path);

}  // namespace holdfast
