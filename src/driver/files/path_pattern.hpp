#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::files {

using PathParts = std::vector<std::string>;
PathParts parts_of(std::string_view path);

/// A pattern for paths of a tree (docs/files.md).
class PathPattern {
 public:
  /// `root` is the path of the tree: a pattern that begins with it is an absolute path. Throws Error{invalid_argument}
  /// for a pattern that can't be meant.
  PathPattern(std::string text, std::string_view root);

  const std::string& text() const noexcept { return text_; }
  /// Returns whether the pattern names the root itself.
  bool is_root() const noexcept { return parts_.empty(); }
  /// Returns whether the pattern begins at the root, and does not fit in any folder.
  bool is_anchored() const noexcept;
  /// Returns the one path that the pattern can match; empty if there may be several.
  std::string only_path() const;
  bool matches(const PathParts& path) const;
  /// Returns whether some path below a folder might match.
  bool may_match_below(const PathParts& folder) const;

 private:
  void check() const;
  bool matches_path(const PathParts& path) const;

  std::string text_;
  PathParts parts_;
  bool name_only_;  // without '/': compared with names in all folders
};

}  // namespace holdfast::files
