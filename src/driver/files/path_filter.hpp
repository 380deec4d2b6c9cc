#pragma once

#include <string>
#include <string_view>

#include "holdfast/target.hpp"

namespace holdfast::files {

/// Which paths of a tree are meant. A pattern without '/' is compared with the name of every file and folder, one with '/' with the path
/// below the root; * ? and [] are as in a shell and don't match a '/'. What a pattern takes in or leaves out it does with all below.
class PathFilter {
 public:
  /// Throws Error{invalid_argument} for an empty pattern.
  explicit PathFilter(Selection selection);

  bool excluded(std::string_view path) const { return matches(selection_.exclude, path); }
  /// Whether this very path is included; what lies in an included folder is for the caller to know.
  bool included(std::string_view path) const { return selection_.include.empty() || matches(selection_.include, path); }

 private:
  static bool matches(const std::vector<std::string>& patterns, std::string_view path);
  Selection selection_;
};

}  // namespace holdfast::files
