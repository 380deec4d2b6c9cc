#pragma once

#include <map>
#include <string>

#include "holdfast/bytes.hpp"

namespace holdfast::test {

/// Returns the objects of a storage without the records of operations, which each operation adds to.
inline std::map<std::string, Bytes> without_history(std::map<std::string, Bytes> objects) {
  std::erase_if(objects, [](const auto& object) { return object.first.starts_with("history/"); });
  return objects;
}

}  // namespace holdfast::test
