#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// Rules for moving objects from the hot storage to the cold one.
struct TierPolicy {
  std::chrono::hours age{24 * 30};              ///< by the hot storage's clock
  std::vector<std::string> prefixes{"packs/"};  ///< other objects are small, or every command reads them
};

struct TierReport {
  std::uint64_t moved_objects = 0;
  std::uint64_t moved_bytes = 0;
};

/// Two storages as one: new objects are put on the hot one; old objects are moved to the cold one and stay there.
class TieredStorage : public Storage {
 public:
  /// Moves the objects that are old enough, oldest first. Safe during reads, writes and other moves; may be killed at
  /// any point.
  virtual TierReport move_old(const TierPolicy& policy, Context& context) = 0;
  /// Lists objects that are stored only in the cold storage. If that storage archives them, they must be restored from
  /// the archive before they can be read.
  virtual std::vector<ObjectInfo> cold_objects(std::string_view prefix) = 0;
};

std::shared_ptr<TieredStorage> tiered_storage(std::shared_ptr<Storage> hot, std::shared_ptr<Storage> cold);

}  // namespace holdfast
