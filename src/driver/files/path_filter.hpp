#pragma once

#include <string>
#include <string_view>

#include "holdfast/target.hpp"

namespace holdfast::files {

/// Selects paths of a tree. A pattern without '/' is compared with the name of every file and folder, one with '/' with
/// the path below the root. * ? and [] work as in a shell and do not match a '/'. A pattern that includes or excludes a
/// folder applies to everything in it.
class PathFilter {
 public:
  /// Throws Error{invalid_argument} for an empty pattern.
  explicit PathFilter(Selection selection);

  bool excluded(std::string_view path) const { return matches(selection_.exclude, path); }
  /// Returns whether this path itself is included. The caller must know whether a folder above it is.
  bool included(std::string_view path) const { return selection_.include.empty() || matches(selection_.include, path); }

 private:
  static bool matches(const std::vector<std::string>& patterns, std::string_view path);
  Selection selection_;
};

}  // namespace holdfast::files
