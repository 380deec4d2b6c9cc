#include "storage/azure/blob_name.hpp"

#include <algorithm>

namespace holdfast {

namespace {

bool is_escape(std::string_view text) { return text == "%25" || text == "%2E" || text == "%5C"; }

}  // namespace

std::string blob_name_of(std::string_view name) {
  std::string blob;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const std::size_t behind_dots = std::min(name.find_first_not_of('.', at), name.size());
    const bool ends_part = behind_dots == name.size() || name[behind_dots] == '/';
    switch (name[at]) {
      case '%': blob += is_escape(name.substr(at, 3)) ? "%25" : "%"; break;
      case '\\': blob += "%5C"; break;
      case '.': blob += ends_part ? "%2E" : "."; break;
      default: blob += name[at];
    }
  }
  return blob;
}

std::string name_of_blob(std::string_view blob) {
  std::string name;
  for (std::size_t at = 0; at < blob.size(); ++at) {
    name += blob[at];
    if (!is_escape(blob.substr(at, 3))) continue;
    name.back() = blob[at + 1] == '5' ? '\\' : blob[at + 2] == '5' ? '%' : '.';
    at += 2;
  }
  return blob_name_of(name) == blob ? name : std::string(blob);
}

}  // namespace holdfast
