#pragma once

#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// What a storage also is whose objects may lie frozen: there, and not to be read before they were thawed. It tells `AbilityWitness` of
/// each call.
class Thawing {
 public:
  virtual ~Thawing() = default;
  /// Whether anything may be frozen.
  virtual bool holds_cold() = 0;
  /// Those of `objects` that can't be read now. Tries the cold ones, as many at a time as the context has jobs.
  virtual std::vector<ObjectInfo> frozen(std::vector<ObjectInfo> objects, const Context& context) = 0;
};

/// The same of any storage, by way of `as<Thawing>`: one that is not `Thawing` freezes nothing.
bool holds_cold(Storage& storage);
std::vector<ObjectInfo> frozen_objects(Storage& storage, std::vector<ObjectInfo> objects, const Context& context);

}  // namespace holdfast
