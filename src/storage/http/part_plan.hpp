#pragma once

#include <algorithm>
#include <cstdint>

namespace holdfast {

inline constexpr std::uint64_t kLargestPart = std::uint64_t{5} << 30;  // the limit of S3

/// Returns the size of part `number` (from 1) of an upload of unknown length. It doubles eight times up to `max_parts`,
/// so that small objects have small parts and the largest object is about 57 × `first` × `max_parts` (4.4 TB with S3's
/// 8 MiB and 10,000 parts).
inline std::uint64_t planned_part_size(unsigned number, std::uint64_t first, std::uint32_t max_parts,
                                       std::uint64_t largest = kLargestPart) {
  const std::uint64_t doublings = std::uint64_t{number - 1} * 9 / max_parts;
  return std::min(first << std::min<std::uint64_t>(doublings, 8), std::max(first, largest));
}

}  // namespace holdfast
