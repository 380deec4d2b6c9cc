#include "base/hex.hpp"

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::byte digit(char c) {
  const auto value = kDigits.find(c);
  if (value == std::string_view::npos) throw Error(ErrorCode::invalid_argument, "not lower-case hex");
  return static_cast<std::byte>(value);
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    text += kDigits[std::to_integer<unsigned>(b >> 4)];
    text += kDigits[std::to_integer<unsigned>(b & std::byte{15})];
  }
  return text;
}

Bytes from_hex(std::string_view text) {
  if (text.size() % 2 != 0) throw Error(ErrorCode::invalid_argument, "not lower-case hex");
  Bytes bytes(text.size() / 2);
  for (std::size_t at = 0; at < bytes.size(); ++at) bytes[at] = digit(text[2 * at]) << 4 | digit(text[2 * at + 1]);
  return bytes;
}

}  // namespace holdfast
