#include "driver/files/place.hpp"

#include <filesystem>

#include "base/uri.hpp"
#include "holdfast/error.hpp"

namespace holdfast::files {

std::string path_of(const std::string& uri) {
  const auto path = uri.starts_with(kScheme) ? percent_decode(std::string_view(uri).substr(kScheme.size())) : std::nullopt;
  if (!path || !path->starts_with('/')) {
    throw Error(ErrorCode::invalid_argument, "a folder is named by an absolute path, as in dir:///srv/files; write %25 for a '%' in it");
  }
  std::string normal = std::filesystem::path(*path).lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

std::string uri_of(const std::string& path) {
  std::string uri(kScheme);
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    uri += percent_encode(std::string_view(path).substr(at, end - at));
    if (end < path.size()) uri += '/';
    at = end + 1;
  }
  return uri;
}

}  // namespace holdfast::files
