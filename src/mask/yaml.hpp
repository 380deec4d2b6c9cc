#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::masking {

/// A place in a text, counted from 1.
struct YamlPlace {
  std::size_t line = 0, column = 0;
};

/// A value of a YAML text.
struct YamlValue {
  enum class Kind : char { scalar, list, map };
  Kind kind = Kind::scalar;
  std::string text;   ///< of a scalar
  bool plain = true;  ///< a scalar without quotes
  YamlPlace place;
  std::vector<YamlValue> items;                          ///< of a list
  std::vector<std::pair<YamlValue, YamlValue>> members;  ///< of a map, in their order; the keys are scalars
};

/// Throws Error{invalid_argument} with the place for a text that is no YAML, has several documents, or uses aliases,
/// keys that are no scalars, or a key twice. `name` is for messages. An empty text is an empty map.
YamlValue parse_yaml(std::string_view text, const std::string& name);

/// Returns "rules.yaml:3:5".
std::string text_of(const std::string& name, const YamlPlace& place);

}  // namespace holdfast::masking
