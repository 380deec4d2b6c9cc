#include "base/uri.hpp"

#include <charconv>

#include "base/ascii.hpp"

namespace holdfast {

std::string uri_scheme(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == std::string_view::npos) return "";
  for (const char c : uri.substr(0, colon)) {
    if (!is_ascii_alnum(c) && c != '+' && c != '-' && c != '.') return "";
  }
  return std::string(uri.substr(0, colon));
}

std::string redact_uri(std::string_view uri) {
  std::string text(uri);
  if (const auto start = text.find("://"); start != std::string::npos) {
    // Up to the last '@': a password that is not percent-encoded may contain '@', '/' and '?'.
    const auto at = text.rfind('@');
    const auto colon = text.find(':', start + 3);
    if (at != std::string::npos && colon < at) text.replace(colon + 1, at - colon - 1, "***");
  }
  for (std::size_t at = 0; (at = text.find("password=", at)) != std::string::npos;) {
    at += 9;
    text.replace(at, text.find('&', at) - at, "***");
  }
  return text;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_ascii_alnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return encoded;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    unsigned char byte = 0;
    const std::string_view digits = text.substr(at + 1, 2);
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (code != std::errc() || digits.size() != 2 || end != digits.data() + 2 || byte == 0) return std::nullopt;
    decoded += static_cast<char>(byte);
    at += 2;
  }
  return decoded;
}

}  // namespace holdfast
