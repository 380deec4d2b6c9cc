#include "index_cache.hpp"

#include <algorithm>

#include "holdfast/cached.hpp"
#include "holdfast/error.hpp"

namespace holdfast::cli {

namespace {

constexpr std::size_t kLongestName = 200;

// Two storages may share a folder without harm: the objects' names identify their bytes.
std::string folder_name(std::string uri) {
  constexpr std::string_view kept = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
  std::ranges::replace_if(
      uri, [&](char c) { return kept.find(c) == std::string_view::npos; }, '_');
  if (uri.size() > kLongestName) uri.erase(0, uri.size() - kLongestName);
  return "repository-" + uri;
}

}  // namespace

std::shared_ptr<Storage> with_index_cache(std::shared_ptr<Storage> storage, const Environment& environment) {
  const bool local = storage->uri().starts_with("file:") || storage->uri() == "memory:";
  if (local || environment.cache_directory.empty()) return storage;
  try {
    const auto cache =
        open_storage((environment.cache_directory / "holdfast" / folder_name(storage->uri())).string(), {}, IfMissing::create);
    return cached_storage(storage, cache, "index/");
  } catch (const Error&) {
    return storage;  // no home, or it is read-only
  }
}

}  // namespace holdfast::cli
