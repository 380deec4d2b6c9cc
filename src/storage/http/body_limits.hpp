#pragma once

#include <cstdint>

namespace holdfast {

// What an object store's response may have in memory, in bytes.
constexpr std::uint64_t kMostBody = 32U << 20;    ///< a page of 1,000 names of 1 KiB each, escaped, with their properties
constexpr std::uint64_t kMostFault = 256U << 10;  ///< the description of an error

}  // namespace holdfast
