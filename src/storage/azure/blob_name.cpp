#include "storage/azure/blob_name.hpp"

#include "base/uri.hpp"

namespace holdfast {

std::string blob_name_of(std::string_view name) {
  std::string blob;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const std::size_t behind_dots = std::min(name.find_first_not_of('.', at), name.size());
    const bool ends_part = behind_dots == name.size() || name[behind_dots] == '/';
    switch (name[at]) {
      case '%': blob += "%25"; break;
      case '\\': blob += "%5C"; break;
      case '.': blob += ends_part ? "%2E" : "."; break;
      default: blob += name[at];
    }
  }
  return blob;
}

std::string name_of_blob(std::string_view blob) {
  auto name = percent_decode(blob);
  return name && blob_name_of(*name) == blob ? *std::move(name) : std::string(blob);
}

}  // namespace holdfast
