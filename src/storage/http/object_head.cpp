#include "storage/http/object_head.hpp"

#include <charconv>

#include "storage/http/http_date.hpp"

namespace holdfast {

std::optional<ObjectInfo> object_of_head(const HttpHead& head, const std::string& name) {
  const std::string_view size = head.header("content-length");
  ObjectInfo info{.name = name};
  const auto [end, code] = std::from_chars(size.data(), size.data() + size.size(), info.size);
  const auto modified = parse_http_date(head.header("last-modified"));
  if (code != std::errc() || end != size.data() + size.size() || !modified) return std::nullopt;
  info.modified = *modified;
  return info;
}

}  // namespace holdfast
