#pragma once

#include <optional>
#include <string>

#include "holdfast/storage.hpp"
#include "storage/http/http.hpp"

namespace holdfast {

/// Returns the description of an object from an answer to HEAD, by Content-Length and Last-Modified. Returns null if
/// one of them can't be parsed.
std::optional<ObjectInfo> object_of_head(const HttpHead& head, const std::string& name);

}  // namespace holdfast
