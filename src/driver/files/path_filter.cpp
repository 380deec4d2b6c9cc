#include "driver/files/path_filter.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "driver/files/beneath.hpp"
#include "holdfast/error.hpp"

namespace holdfast::files {

PathFilter::PathFilter(Selection selection) : selection_(std::move(selection)) {
  for (auto* patterns : {&selection_.include, &selection_.exclude}) {
    for (std::string& pattern : *patterns) {
      while (pattern.ends_with('/')) pattern.pop_back();
      if (pattern.empty()) throw Error(ErrorCode::invalid_argument, "a pattern for files is empty: name a file or path");
    }
  }
}

bool PathFilter::matches(const std::vector<std::string>& patterns, std::string_view path) {
  return std::any_of(patterns.begin(), patterns.end(), [path](const std::string& pattern) {
    const bool whole = pattern.find('/') != std::string::npos;
    const std::string subject(whole ? path : split_path(path).name);
    const char* from = pattern.c_str() + (pattern.front() == '/' ? 1 : 0);
    return ::fnmatch(from, subject.c_str(), FNM_PATHNAME) == 0;
  });
}

}  // namespace holdfast::files
