#pragma once

#include <string>
#include <vector>

#include "base/fd.hpp"

namespace holdfast::files {

/// Files that mark a folder whose content a backup leaves out.
struct Markers {
  bool caches = false;  ///< CACHEDIR.TAG, https://bford.info/cachedir/
  std::string name;     ///< a file of this name and any kind; empty = none
};

/// Returns which of the names in an open folder are markers. `names` are sorted.
std::vector<std::string> markers_in(const Fd& folder, const std::vector<std::string>& names, const Markers& markers);

}  // namespace holdfast::files
