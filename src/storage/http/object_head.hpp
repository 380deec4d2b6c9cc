#pragma once

#include <optional>
#include <string>

#include "holdfast/storage.hpp"
#include "storage/http/http.hpp"

namespace holdfast {

/// What an answer to HEAD says of an object, by Content-Length and Last-Modified; null if one of them can't be read.
std::optional<ObjectInfo> object_of_head(const HttpHead& head, const std::string& name);

}  // namespace holdfast
