#pragma once

#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// An ability: a storage whose objects may be archived, which means that they need a restore from the archive before a
/// read. It tells `AbilityWitness` of each call.
class Thawing {
 public:
  virtual ~Thawing() = default;
  /// Returns whether any object may be archived.
  virtual bool holds_cold() = 0;
  /// Returns those of `objects` that can't be read now. Tries the cold ones, as many at a time as the context has jobs.
  virtual std::vector<ObjectInfo> frozen(std::vector<ObjectInfo> objects, const Context& context) = 0;
};

/// The same for any storage, through `as<Thawing>`: one that is not `Thawing` archives nothing.
bool holds_cold(Storage& storage);
std::vector<ObjectInfo> frozen_objects(Storage& storage, std::vector<ObjectInfo> objects, const Context& context);

}  // namespace holdfast
