#include "driver/files/path_pattern.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "driver/files/beneath.hpp"
#include "holdfast/error.hpp"

namespace holdfast::files {

namespace {

constexpr std::string_view kAnyFolders = "**";

bool part_matches(const std::string& pattern, const std::string& part) { return ::fnmatch(pattern.c_str(), part.c_str(), 0) == 0; }

bool ends_in_escape(const std::string& part) {
  const std::size_t last = part.find_last_not_of('\\');
  return (part.size() - (last == std::string::npos ? 0 : last + 1)) % 2 != 0;
}

std::string_view below(std::string_view path, std::string_view root) {
  if (path == root) return {};
  const bool inside = path.starts_with(root) && (root.ends_with('/') || path.substr(root.size()).starts_with('/'));
  return inside && !root.empty() ? path.substr(root.size()) : path;
}

[[noreturn]] void refuse(const std::string& pattern, const std::string& why) {
  throw Error(ErrorCode::invalid_argument, "the pattern '" + pattern + "' for files can't be used: " + why);
}

}  // namespace

PathParts parts_of(std::string_view path) {
  PathParts parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash != 0) parts.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

PathPattern::PathPattern(std::string text, std::string_view root) : text_(std::move(text)), parts_(parts_of(text_)) {
  check();
  std::string normal;
  for (const std::string& part : parts_) normal += "/" + part;
  if (text_.starts_with('/')) parts_ = parts_of(below(normal, root));
  name_only_ = text_.find_first_of('/') >= text_.find_last_not_of('/') && parts_.size() == 1 && parts_.front() != kAnyFolders;
}

void PathPattern::check() const {
  if (parts_.empty()) throw Error(ErrorCode::invalid_argument, "a pattern for files is empty: name a file or path");
  if (text_.starts_with('!')) refuse(text_, "patterns can't be negated; write \\! for a name that begins with '!'");
  if (text_.starts_with("~/")) refuse(text_, "'~' does not mean the home folder here; write the path");
  for (const std::string& part : parts_) {
    if (part == "." || part == "..") refuse(text_, "it has a part '" + part + "'; write a path below the source, or an absolute one");
    if (part != kAnyFolders && part.find(kAnyFolders) != std::string::npos)
      refuse(text_, "'**' is any number of folders, as in a/**/b; within a name write '*'");
    if (ends_in_escape(part)) refuse(text_, "it has a backslash with nothing to protect after it; write two for one in a name");
  }
}

bool PathPattern::is_anchored() const noexcept { return !name_only_ && !is_root() && parts_.front() != kAnyFolders; }

std::string PathPattern::only_path() const {
  std::string path;
  if (name_only_ || text_.find_first_of("*?[\\") != std::string::npos) return path;
  for (const std::string& part : parts_) path = join_path(path, part);
  return path;
}

bool PathPattern::matches(const PathParts& path) const {
  if (name_only_) return !path.empty() && part_matches(parts_.front(), path.back());
  return matches_path(path);
}

// Where a part does not match, the last "**" takes one folder more. It must leave something for a part after it, and at
// the end it takes one name at least.
bool PathPattern::matches_path(const PathParts& path) const {
  std::size_t at = 0, name = 0;
  std::size_t after_any = 0, taken_by_any = 0;  // 0: there was no "**" yet
  while (name < path.size()) {
    if (at < parts_.size() && parts_[at] == kAnyFolders) {
      after_any = ++at;
      taken_by_any = name;
      if (at == parts_.size()) return true;
    } else if (at < parts_.size() && part_matches(parts_[at], path[name])) {
      ++at;
      ++name;
    } else if (after_any != 0) {
      at = after_any;
      name = ++taken_by_any;
    } else {
      return false;
    }
  }
  return at == parts_.size();
}

bool PathPattern::may_match_below(const PathParts& folder) const {
  if (name_only_) return true;
  for (std::size_t at = 0; at < parts_.size(); ++at) {
    if (at == folder.size() || parts_[at] == kAnyFolders) return true;
    if (!part_matches(parts_[at], folder[at])) return false;
  }
  return false;
}

}  // namespace holdfast::files
