#pragma once

#include <cstdint>
#include <optional>

#include "holdfast/storage.hpp"

namespace holdfast {

/// An ability: a storage that may know how many bytes it can still take.
class KnowsRoom {
 public:
  virtual ~KnowsRoom() = default;
  /// Returns the bytes; none if they are not known. May list all objects. A storage that combines several answers for
  /// a new object.
  virtual std::optional<std::uint64_t> room() = 0;
};

/// Returns the least room of a storage and of all that it wraps; none if none of them knows.
std::optional<std::uint64_t> room_of(Storage& storage);

}  // namespace holdfast
