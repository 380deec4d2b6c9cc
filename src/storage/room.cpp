#include "storage/room.hpp"

#include <algorithm>

namespace holdfast {

std::optional<std::uint64_t> room_of(Storage& storage) {
  std::optional<std::uint64_t> least;
  for (Storage* at = &storage; at != nullptr; at = at->inner()) {
    auto* const knowing = dynamic_cast<KnowsRoom*>(at);
    const std::optional<std::uint64_t> room = knowing == nullptr ? std::nullopt : knowing->room();
    if (room) least = std::min(least.value_or(*room), *room);
  }
  return least;
}

}  // namespace holdfast
