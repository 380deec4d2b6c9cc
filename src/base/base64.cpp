#include "base/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "holdfast/error.hpp"

namespace holdfast {

std::string to_base64(ByteView bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string to_base64url_padded(ByteView bytes) {
  std::string text = to_base64(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::string to_base64url(ByteView bytes) {
  std::string text = to_base64url_padded(bytes);
  text.erase(std::ranges::find(text, '='), text.end());
  return text;
}

Bytes from_base64(std::string_view text) {
  Bytes bytes(text.size() / 4 * 3);
  const auto padding = static_cast<std::size_t>(std::ranges::count(text.substr(text.size() - std::min<std::size_t>(text.size(), 2)), '='));
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size >= 0 && static_cast<std::size_t>(size) >= padding) {
    bytes.resize(static_cast<std::size_t>(size) - padding);
    if (to_base64(bytes) == text) return bytes;  // OpenSSL accepts more texts than we do
  }
  throw Error(ErrorCode::invalid_argument, "not base64");
}

Bytes from_base64url(std::string_view text) {
  if (text.find_first_of("+/") != std::string_view::npos) throw Error(ErrorCode::invalid_argument, "not base64url");
  std::string standard(text);
  std::ranges::replace(standard, '-', '+');
  std::ranges::replace(standard, '_', '/');
  standard.resize((standard.size() + 3) / 4 * 4, '=');
  return from_base64(standard);
}

}  // namespace holdfast
