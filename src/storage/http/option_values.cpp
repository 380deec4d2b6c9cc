#include "storage/http/option_values.hpp"

#include <algorithm>
#include <charconv>

#include "holdfast/error.hpp"
#include "storage/http/url.hpp"

namespace holdfast {

namespace {

std::uint64_t scaled(const std::string& key, std::string_view text, std::uint64_t unit, std::uint64_t least, std::uint64_t most,
                     const char* form) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value > most / unit || value * unit < least)
    refuse_value(key, "a number from " + std::to_string(least) + " to " + std::to_string(most) + form);
  return value * unit;
}

}  // namespace

void refuse_value(const std::string& key, const std::string& wanted) {
  throw Error(ErrorCode::invalid_argument, "option " + key + " takes " + wanted);
}

std::uint64_t number_value(const std::string& key, std::string_view text, std::uint64_t least, std::uint64_t most) {
  return scaled(key, text, 1, least, most, "");
}

std::uint64_t size_value(const std::string& key, std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t unit = 1;
  const std::size_t suffix = text.empty() ? std::string_view::npos : std::string_view("KMG").find(text.back());
  if (suffix != std::string_view::npos) {
    unit = std::uint64_t{1} << (10 * (suffix + 1));
    text.remove_suffix(1);
  }
  return scaled(key, text, unit, least, most, " (bytes, or with K, M, G)");
}

std::chrono::milliseconds seconds_value(const std::string& key, std::string_view text) {
  return std::chrono::seconds(number_value(key, text, 1, 24 * 3600));
}

std::string one_of(const std::string& key, const std::string& text, std::initializer_list<std::string_view> allowed) {
  if (std::ranges::find(allowed, text) != allowed.end()) return text;
  std::string wanted;
  for (const std::string_view word : allowed) wanted += (wanted.empty() ? "" : ", ") + std::string(word);
  refuse_value(key, "one of " + wanted);
}

std::string header_value(const std::string& key, const std::string& text) {
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; })) refuse_value(key, "printable ASCII without blanks");
  return text;
}

std::string origin_value(const std::string& key, const std::string& text) {
  const Url url = parse_url(text);
  if (url.path != "/" || !url.query.empty()) refuse_value(key, "https://HOST[:PORT] or http://HOST[:PORT]");
  return url.origin();
}

}  // namespace holdfast
