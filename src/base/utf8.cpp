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

std::string to_utf8(std::string_view text, std::size_t limit) {
  std::string repaired(text);
  if (!is_utf8(text)) {
    JsonWriter out(JsonForm::line);
    out.value(text);
    repaired = parse_json(out.text(), "text")->get<std::string>();
  }
  if (repaired.size() <= limit) return repaired;
  while (limit > 0 && (static_cast<unsigned char>(repaired[limit]) & 0xC0U) == 0x80) --limit;  // not within a character
  repaired.resize(limit);
  return repaired;
}

}  // namespace holdfast
