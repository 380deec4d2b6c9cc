#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>

#include "holdfast/storage.hpp"

namespace holdfast {

/// Bytes per second; 0 = no limit.
struct Bandwidth {
  std::uint64_t up = 0;
  std::uint64_t down = 0;
};
/// Limits the bandwidth, over all threads together.
std::shared_ptr<Storage> throttled_storage(std::shared_ptr<Storage> inner, Bandwidth bandwidth, std::stop_token stop = {});

}  // namespace holdfast
