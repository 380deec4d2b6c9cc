#pragma once

#include <string>

namespace holdfast::files {

/// The folder that a "dir:///absolute/path" names, percent-decoded and without superfluous parts. Throws Error{invalid_argument}.
std::string path_of(const std::string& uri);
/// The URI of a path; UTF-8 whatever the path is.
std::string uri_of(const std::string& path);

}  // namespace holdfast::files
