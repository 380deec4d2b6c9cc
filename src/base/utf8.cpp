#include "base/utf8.hpp"

#include <algorithm>

#include "base/json_tree.hpp"
#include "base/json_writer.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

bool is_utf8(std::string_view text) {
  if (std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) >= 0; })) return true;
  try {
    JsonWriter(JsonForm::document).value(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::string to_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  JsonWriter repaired(JsonForm::line);
  repaired.value(text);
  return parse_json(repaired.text(), "text")->get<std::string>();
}

}  // namespace holdfast
