#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace holdfast {

enum class KeyKind { text, integer, boolean, choice, object, list, map };

/// The form of a text: a check, and the same as a pattern for the schema.
struct TextForm {
  void (*check)(const std::string& text);  ///< throws Error{invalid_argument}
  std::string_view pattern = {};           ///< ECMA-262; empty: no pattern says the same
};

/// One key of a job file. The parser, the errors and the schema are made of it.
struct KeySpec {
  std::string_view name;
  KeyKind kind = KeyKind::text;
  std::string_view help;
  bool required = false;
  std::int64_t minimum = 0;  ///< of an integer, or the least number of elements
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  std::span<const std::string_view> choices = {};
  const TextForm* form = nullptr;
  std::span<const KeySpec> members = {};  ///< the keys of an object; one spec, of each element of a list or map
};

/// The names that a person gives to jobs, repositories and the like.
const TextForm& name_form();

/// The whole file.
const KeySpec& job_file_spec();

}  // namespace holdfast
