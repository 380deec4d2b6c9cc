#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// Owns parsed JSON and destroys it from its leaves up. The JSON library's own destructor first moves the elements of a
/// list or object into a vector: if there is no memory for it, the process ends.
class JsonTree {
 public:
  JsonTree() = default;
  JsonTree(JsonTree&&) noexcept = default;
  JsonTree& operator=(JsonTree&&) = delete;
  ~JsonTree();

  const nlohmann::json& operator*() const noexcept { return root_; }
  const nlohmann::json* operator->() const noexcept { return &root_; }

 private:
  friend JsonTree parse_json(std::string_view text, const std::string& object);
  friend std::optional<JsonTree> try_parse_json(std::string_view text);

  /// Returns the reason if the text is refused.
  const char* parse(std::string_view text);

  nlohmann::json root_;
};

/// Throws Error{corrupt} that names `object` unless all readers read the text as the same JSON: no object has two
/// members of one name. Refuses nesting that is too deep for the stack, too.
JsonTree parse_json(std::string_view text, const std::string& object);

/// Like parse_json, for callers with an error of their own: returns nothing for a text that parse_json refuses.
std::optional<JsonTree> try_parse_json(std::string_view text);
/// Returns nothing for a text that is not one object, too.
std::optional<JsonTree> try_parse_json_object(std::string_view text);

/// Returns a text of an object; empty if the member does not exist or is no text.
std::string text_of(const nlohmann::json& object, const char* key);

}  // namespace holdfast
