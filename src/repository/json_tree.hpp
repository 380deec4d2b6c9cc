#pragma once

#include <nlohmann/json.hpp>
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
  nlohmann::json root_;
};

/// Throws Error{corrupt} that names `object` unless all readers read the text as the same JSON: no object has two
/// members of one name. Refuses nesting that is too deep for the stack, too.
JsonTree parse_json(std::string_view text, const std::string& object);

}  // namespace holdfast
