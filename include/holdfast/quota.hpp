#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "holdfast/storage.hpp"

namespace holdfast {

struct QuotaOptions {
  std::uint64_t limit_bytes = 0;
  double warn_at = 0.9;  ///< fraction of the limit
  /// Called once, when the stored bytes first exceed the threshold; on the thread that stores. May be empty.
  std::function<void(std::uint64_t used, std::uint64_t limit)> warn;
};
/// Refuses what would not fit, before it is sent, with Error{no_space}. Counts existing objects at the first change,
/// then everything that passes through this storage. Does not see what others store meanwhile.
std::shared_ptr<Storage> quota_storage(std::shared_ptr<Storage> inner, QuotaOptions options);

}  // namespace holdfast
