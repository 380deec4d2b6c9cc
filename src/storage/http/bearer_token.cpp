#include "storage/http/bearer_token.hpp"

#include <algorithm>
#include <charconv>

#include "base/json_tree.hpp"

namespace holdfast {

namespace {

/// Returns a number, which some services write as a string.
std::optional<std::int64_t> seconds_of(const nlohmann::json& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  std::int64_t seconds = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return seconds;
}

}  // namespace

bool BearerToken::operator==(const BearerToken& other) const noexcept { return std::ranges::equal(text.bytes(), other.text.bytes()); }

std::optional<Expiring<BearerToken>> read_bearer_token(ByteView json, TimePoint now) {
  const std::optional<JsonTree> answer = try_parse_json_object(as_text(json));
  if (!answer) return std::nullopt;
  const auto token = (*answer)->find("access_token");
  if (token == (*answer)->end() || !token->is_string()) return std::nullopt;
  const auto& text = token->get_ref<const std::string&>();
  // The token becomes a part of a header.
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; })) return std::nullopt;
  Expiring<BearerToken> found{{Secret(std::string_view(text))}, {}};
  const auto lifetime = (*answer)->find("expires_in");
  if (lifetime != (*answer)->end()) {
    const auto seconds = seconds_of(*lifetime);
    if (!seconds || *seconds < 0 || *seconds > 10LL * 365 * 24 * 3600) return std::nullopt;
    found.expires = now + std::chrono::seconds(*seconds);
  }
  return found;
}

}  // namespace holdfast
