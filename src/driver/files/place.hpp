#pragma once

#include <string>

namespace holdfast::files {

constexpr std::string_view kScheme = "dir://";

/// Returns the folder that a "dir:///absolute/path" names, percent-decoded and without superfluous parts. Throws
/// Error{invalid_argument}.
std::string path_of(const std::string& uri);
/// Returns the URI of a path. It is UTF-8 for any path.
std::string uri_of(const std::string& path);

}  // namespace holdfast::files
