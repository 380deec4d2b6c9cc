#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "driver/files/path_pattern.hpp"
#include "holdfast/context.hpp"
#include "holdfast/error.hpp"
#include "holdfast/target.hpp"

namespace holdfast::files {

/// Selects paths of a tree. A pattern that includes or excludes a folder applies to everything in it. Remembers which
/// patterns matched. One thread.
class PathFilter {
 public:
  /// `root` as in PathPattern. Throws Error{invalid_argument} for a pattern that can't be meant.
  explicit PathFilter(const Selection& selection, std::string_view root = {});

  bool excluded(std::string_view path);
  /// Returns whether this path itself is included. The caller must know whether a folder above it is.
  bool included(std::string_view path);
  /// Returns whether something below a folder may be included, if the folder itself is not.
  bool leads_to_included(std::string_view folder) const;

  /// Patterns that matched no path so far: mostly spelling mistakes.
  std::vector<std::string> unmatched_includes() const;
  /// Without those for paths in folders that others excluded.
  std::vector<std::string> unmatched_excludes() const;
  /// Patterns that can include only one path, with that path.
  std::vector<std::pair<std::string, std::string>> included_paths() const;
  /// Returns whether some path was excluded.
  bool excluded_any() const;

 private:
  struct Used {
    PathPattern pattern;
    bool matched = false;
  };
  using Patterns = std::vector<Used>;
  static bool match(Patterns& patterns, const PathParts& path);
  static std::vector<std::string> unmatched(const Patterns& patterns);

  Patterns include_, exclude_;
};

/// Tells that a pattern includes nothing of a tree.
Error nothing_matches(const std::string& pattern, const std::string& where);
/// Checks the patterns after all paths were looked at. Throws Error{not_found} for one that included nothing, and warns
/// of each that excluded nothing. `where` is the tree's name.
void check_matches(const PathFilter& filter, const std::string& where, const Context& context);

}  // namespace holdfast::files
