#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast {

/// A place in a text: both from 1. A column counts characters.
struct YamlPlace {
  std::size_t line = 0, column = 0;
};

/// What is wrong with a text, and where.
struct YamlFault {
  YamlPlace place;
  std::string what;
};

/// A node of a YAML document. `place` is where it begins.
struct YamlNode {
  enum class Kind { scalar, list, map };
  /// What a scalar is by the core schema of YAML 1.2; a quoted one is a text.
  enum class Type { text, integer, boolean, number, null };

  Kind kind = Kind::scalar;
  Type type = Type::text;
  std::string text;  ///< of a scalar
  YamlPlace place;
  std::vector<YamlNode> items;                         ///< of a list
  std::vector<std::pair<YamlNode, YamlNode>> members;  ///< of a map; keys are scalars, each once
};

/// Reads one document without anchors, aliases and tags. Adds a fault and returns null for a text that is none, and for
/// keys given twice, too much nesting and too many nodes. A later key of the same name is left out.
YamlNode parse_yaml(std::string_view text, std::vector<YamlFault>& faults);

}  // namespace holdfast
