#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/job.hpp"

namespace holdfast {

/// A node of a YAML document. `place` is where it begins.
struct YamlNode {
  enum class Kind { scalar, list, map };
  /// What a scalar is by the core schema of YAML 1.2; a quoted one is a text.
  enum class Type { text, integer, boolean, number, null };

  Kind kind = Kind::scalar;
  Type type = Type::text;
  std::string text;  ///< of a scalar
  JobPlace place;
  std::vector<YamlNode> items;                         ///< of a list
  std::vector<std::pair<YamlNode, YamlNode>> members;  ///< of a map; keys are scalars, each once
};

/// Reads one document without anchors, aliases and tags. Adds a fault and returns null for a text that is none, and for
/// keys given twice, too much nesting and too many nodes. A later key of the same name is left out.
YamlNode parse_yaml(std::string_view text, std::vector<JobFault>& faults);

}  // namespace holdfast
