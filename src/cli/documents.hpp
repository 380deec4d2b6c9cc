#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "holdfast/report.hpp"

namespace holdfast::cli {

using Json = nlohmann::ordered_json;

/// What the library reports, as a part of a document of the command's.
template <typename Report>
Json document(const Report& report) {
  return Json::parse(to_json(report));
}

/// As one line; text that is not UTF-8 is mended rather than refused.
inline std::string one_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace holdfast::cli
