#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace holdfast {

/// Returns a string member; empty if there is none.
inline std::string text_of(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace holdfast
