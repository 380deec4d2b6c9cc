#include "storage/thawing.hpp"

#include <utility>

namespace holdfast {

bool holds_cold(Storage& storage) {
  auto* const thawing = as<Thawing>(storage);
  return thawing != nullptr && thawing->holds_cold();
}

std::vector<ObjectInfo> frozen_objects(Storage& storage, std::vector<ObjectInfo> objects, const Context& context) {
  auto* const thawing = as<Thawing>(storage);
  return thawing == nullptr ? std::vector<ObjectInfo>() : thawing->frozen(std::move(objects), context);
}

}  // namespace holdfast
