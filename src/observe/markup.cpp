#include "observe/markup.hpp"

#include "base/utf8.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string_view escaped_byte(const char& c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    case '\x7F': return kReplacement;
    default: return static_cast<unsigned char>(c) < 0x20 ? kReplacement : std::string_view(&c, 1);
  }
}

// C1 controls, U+200E and U+200F, U+2028 to U+202E, U+2066 to U+2069. Returns their length at `at`, else 0.
std::size_t unwanted(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t offset) { return at + offset < text.size() ? static_cast<unsigned char>(text[at + offset]) : 0; };
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) return 2;
  if (byte(0) != 0xE2) return 0;
  const unsigned second = byte(1), third = byte(2);
  const bool turns = (second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xA8 && third <= 0xAE))) ||
                     (second == 0x81 && third >= 0xA6 && third <= 0xA9);
  return turns ? 3 : 0;
}

}  // namespace

std::string escape_html(std::string_view text) {
  const std::string repaired = to_utf8(text);
  std::string result;
  for (std::size_t at = 0; at < repaired.size();) {
    const std::size_t length = unwanted(repaired, at);
    result += length != 0 ? kReplacement : escaped_byte(repaired[at]);
    at += length != 0 ? length : 1;
  }
  return result;
}

}  // namespace holdfast
