#include "driver/files/markers.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace holdfast::files {

namespace {

constexpr const char* kCacheTag = "CACHEDIR.TAG";
constexpr std::string_view kCacheSignature = "Signature: 8a477f597d28d172789f06886806bc55";

// A tag that can't be read marks nothing: the backup then reads the content, and tells of the tag.
bool is_cache_tag(const Fd& folder) {
  const Fd tag(::openat(folder.get(), kCacheTag, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!tag || ::fstat(tag.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  std::array<char, kCacheSignature.size()> head{};
  const ssize_t got = ::pread(tag.get(), head.data(), head.size(), 0);
  return got == static_cast<ssize_t>(head.size()) && std::string_view(head.data(), head.size()) == kCacheSignature;
}

}  // namespace

std::vector<std::string> markers_in(const Fd& folder, const std::vector<std::string>& names, const Markers& markers) {
  const auto there = [&names](const std::string& name) { return std::binary_search(names.begin(), names.end(), name); };
  std::vector<std::string> found;
  if (markers.caches && there(kCacheTag) && is_cache_tag(folder)) found.emplace_back(kCacheTag);
  if (!markers.name.empty() && there(markers.name)) found.push_back(markers.name);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace holdfast::files
