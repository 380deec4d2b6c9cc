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

/// Splits an http or https URL into its parts. Throws Error{invalid_argument} for anything else, and for one with a
/// user or password.
Url parse_url(std::string_view text);

/// Returns the parameters percent-encoded and in order.
std::string canonical_query(const std::map<std::string, std::string>& parameters);

/// Encodes all characters that RFC 3986 reserves, except '/'.
std::string percent_encode_path(std::string_view path);

}  // namespace holdfast
