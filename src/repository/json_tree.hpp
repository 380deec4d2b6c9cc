#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace holdfast {

/// Owns JSON that was read, and takes it apart from its leaves up. The JSON library's own destructor of a list or an object moves what is
/// in it into a vector first: where there is no memory for that, it ends the process.
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

/// Throws Error{corrupt} naming `object` unless the text is JSON that all readers read alike: no name stands twice in an object. What is
/// nested too deeply for the stack is refused, too.
JsonTree parse_json(std::string_view text, const std::string& object);

}  // namespace holdfast
