#include "driver/files/path_filter.hpp"

#include <algorithm>

namespace holdfast::files {

PathFilter::PathFilter(const Selection& selection, std::string_view root) {
  for (const std::string& pattern : selection.include) include_.push_back({.pattern = PathPattern(pattern, root)});
  for (const std::string& pattern : selection.exclude) {
    exclude_.push_back({.pattern = PathPattern(pattern, root)});
    if (exclude_.back().pattern.is_root())
      throw Error(ErrorCode::invalid_argument, "the pattern '" + pattern + "' excludes the source itself: name something in it");
  }
}

// Asks all patterns, so that each that matches is known.
bool PathFilter::match(Patterns& patterns, const PathParts& path) {
  bool any = false;
  for (Used& one : patterns) {
    if (!one.pattern.matches(path)) continue;
    any = one.matched = true;
  }
  return any;
}

bool PathFilter::excluded(std::string_view path) {
  if (exclude_.empty()) return false;
  const PathParts parts = parts_of(path);
  if (!match(exclude_, parts)) return false;
  // Nobody looks for what a longer path might match below this one.
  for (Used& one : exclude_) {
    if (!one.matched && one.pattern.is_anchored() && one.pattern.may_match_below(parts)) one.matched = true;
  }
  return true;
}

bool PathFilter::included(std::string_view path) { return include_.empty() || match(include_, parts_of(path)); }

bool PathFilter::leads_to_included(std::string_view folder) const {
  const PathParts parts = parts_of(folder);
  return std::any_of(include_.begin(), include_.end(), [&](const Used& one) { return one.pattern.may_match_below(parts); });
}

std::vector<std::string> PathFilter::unmatched(const Patterns& patterns) {
  std::vector<std::string> texts;
  for (const Used& one : patterns) {
    if (!one.matched) texts.push_back(one.pattern.text());
  }
  return texts;
}

std::vector<std::string> PathFilter::unmatched_includes() const { return unmatched(include_); }
std::vector<std::string> PathFilter::unmatched_excludes() const { return unmatched(exclude_); }

std::vector<std::pair<std::string, std::string>> PathFilter::included_paths() const {
  std::vector<std::pair<std::string, std::string>> paths;
  for (const Used& one : include_) {
    if (std::string path = one.pattern.only_path(); !path.empty()) paths.emplace_back(one.pattern.text(), std::move(path));
  }
  return paths;
}

bool PathFilter::excluded_any() const {
  return std::any_of(exclude_.begin(), exclude_.end(), [](const Used& one) { return one.matched; });
}

void check_matches(const PathFilter& filter, const std::string& where, const Context& context) {
  if (const auto missing = filter.unmatched_includes(); !missing.empty()) throw nothing_matches(missing.front(), where);
  for (const std::string& pattern : filter.unmatched_excludes())
    context.warn("the pattern '" + pattern + "' excludes nothing: nothing in " + where + " matches it");
}

Error nothing_matches(const std::string& pattern, const std::string& where) {
  return Error(ErrorCode::not_found, "no file or folder of " + where + " that is not excluded matches '" + pattern + "'");
}

}  // namespace holdfast::files
