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

/// What moves from the hot storage to the cold one.
struct TierPolicy {
  std::chrono::hours age{24 * 30};              ///< by the hot storage's time
  std::vector<std::string> prefixes{"packs/"};  ///< the rest is small, or read by every command
};

struct TierReport {
  std::uint64_t moved_objects = 0;
  std::uint64_t moved_bytes = 0;
};

/// Two storages as one: what is new is put on the hot one, and old objects are moved to the cold one, where they stay.
class TieredStorage : public Storage {
 public:
  /// Moves what is old enough, oldest first. Safe beside readers and writers, other movers, and to kill at any point.
  virtual TierReport move_old(const TierPolicy& policy, Context& context) = 0;
  /// What lies in the cold storage only: what has to be thawed before it can be read, where that storage needs it.
  virtual std::vector<ObjectInfo> cold_objects(std::string_view prefix) = 0;
};

std::shared_ptr<TieredStorage> tiered_storage(std::shared_ptr<Storage> hot, std::shared_ptr<Storage> cold);

}  // namespace holdfast
