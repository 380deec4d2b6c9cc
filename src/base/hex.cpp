#include "base/hex.hpp"

#include <array>
#include <cstdint>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

constexpr std::array<std::int8_t, 256> kValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::int8_t value = 0; value < 16; ++value) values[static_cast<unsigned char>(kDigits[static_cast<std::size_t>(value)])] = value;
  return values;
}();

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

bool read_hex(std::string_view text, std::byte* out) noexcept {
  if (text.size() % 2 != 0) return false;
  int all = 0;  // negative if any digit is invalid
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const int high = kValues[static_cast<unsigned char>(text[at])], low = kValues[static_cast<unsigned char>(text[at + 1])];
    all |= high | low;
    *out++ = static_cast<std::byte>(static_cast<unsigned>(high) << 4 | static_cast<unsigned>(low));
  }
  return all >= 0;
}

Bytes from_hex(std::string_view text) {
  Bytes bytes(text.size() / 2);
  if (!read_hex(text, bytes.data())) throw Error(ErrorCode::invalid_argument, "not lower-case hex");
  return bytes;
}

}  // namespace holdfast
