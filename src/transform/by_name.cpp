#include "transform/by_name.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

Error unknown_compression(std::string_view text) {
  return Error(ErrorCode::invalid_argument,
               fmt::format("unknown compression \"{}\": use zstd, zstd:1 to zstd:19, gzip, gzip:1 to gzip:9, lz4 or none", text));
}

std::optional<int> parse_level(std::string_view text) {
  int level = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), level);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return level;
}

}  // namespace

TransformPtr transform_by_name(std::string_view name, const Secret* key, std::string_view associated_data) {
  if (name == "zstd") return zstd();
  if (name == "gzip") return gzip();
  if (name == "lz4") return lz4();
  if (name == "aes256-gcm-hkdf-1mb") {
    if (key == nullptr) throw Error(ErrorCode::wrong_key, "the data is encrypted (aes256-gcm-hkdf-1mb) and no key was given");
    return aes256gcm(*key, associated_data);
  }
  throw Error(ErrorCode::unsupported, fmt::format("unknown transform \"{}\": the data was written by a newer version", name));
}

TransformPtr parse_compression(std::string_view text, DecodeCheck check) {
  if (text == "none") return nullptr;
  if (text == "zstd") return zstd(1, check);
  if (text == "gzip") return gzip(6, check);
  if (text == "lz4") return lz4(check);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) throw unknown_compression(text);
  const auto level = parse_level(text.substr(colon + 1));
  if (level && text.substr(0, colon) == "zstd") return zstd(*level, check);
  if (level && text.substr(0, colon) == "gzip") return gzip(*level, check);
  throw unknown_compression(text);
}

}  // namespace holdfast
