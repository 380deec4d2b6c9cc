#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "holdfast/report.hpp"

namespace holdfast::cli {

using Json = nlohmann::ordered_json;

/// Returns a report of the library as a part of a document of the command.
template <typename Report>
Json document(const Report& report) {
  return Json::parse(to_json(report));
}

/// Returns one line of JSON. Replaces bytes that are not UTF-8 instead of failing.
inline std::string one_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace holdfast::cli
