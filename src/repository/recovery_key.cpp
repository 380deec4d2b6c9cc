#include "holdfast/recovery_key.hpp"

#include <array>
#include <optional>

#include "base/digest.hpp"
#include "holdfast/error.hpp"

// Every buffer here that holds the key is a Secret or on the stack: no part of the key stays in freed memory.

namespace holdfast {

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kBytes = kKeyBytes + 2;  // the first two bytes of the key's SHA-256 detect a wrong digit
constexpr std::size_t kGroup = 2;              // bytes
constexpr std::size_t kInLine = 6;             // groups
constexpr std::string_view kDigits = "0123456789abcdef";

Secret blank(std::size_t size) { return Secret(ByteView(Bytes(size))); }

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::array<std::byte, 2> check_of(ByteView key) {
  const Bytes digest = sha256(key);
  return {digest[0], digest[1]};
}

}  // namespace

RecoveryKey make_recovery_key(Random& random) {
  Secret bytes = blank(kBytes);
  random.fill(bytes.writable().first(kKeyBytes));
  const auto check = check_of(bytes.bytes().first(kKeyBytes));
  bytes.writable()[kKeyBytes] = check[0];
  bytes.writable()[kKeyBytes + 1] = check[1];

  Secret text = blank(kBytes * 2 + kBytes / kGroup - 1);
  std::size_t end = 0;
  const auto put = [&](char c) { text.writable()[end++] = static_cast<std::byte>(c); };
  for (std::size_t at = 0; at < kBytes; ++at) {
    if (at != 0 && at % kGroup == 0) put(at % (kGroup * kInLine) == 0 ? '\n' : ' ');
    const auto value = std::to_integer<unsigned>(bytes.bytes()[at]);
    put(kDigits[value >> 4]);
    put(kDigits[value & 15]);
  }
  return {.key = raw_key(Secret(bytes.bytes().first(kKeyBytes))), .text = std::move(text)};
}

Key read_recovery_key(std::string_view text) {
  Secret bytes = blank(kBytes);
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-') continue;
    const auto value = digit(c);
    if (!value) throw Error(ErrorCode::invalid_argument, "a recovery key has the digits 0-9 and a-f only");
    if (digits < 2 * kBytes) {
      std::byte& into = bytes.writable()[digits / 2];
      into = into << 4 | static_cast<std::byte>(*value);
    }
    ++digits;
  }
  if (digits != 2 * kBytes) {
    throw Error(ErrorCode::invalid_argument, "a recovery key has 68 digits, and this one " + std::to_string(digits));
  }
  const ByteView key = bytes.bytes().first(kKeyBytes);
  const auto check = check_of(key);
  if (bytes.bytes()[kKeyBytes] != check[0] || bytes.bytes()[kKeyBytes + 1] != check[1]) {
    throw Error(ErrorCode::invalid_argument, "the recovery key has a wrong digit: compare it with the paper");
  }
  return raw_key(Secret(key));
}

}  // namespace holdfast
