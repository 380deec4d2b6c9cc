#pragma once

#include <cstddef>

namespace holdfast::fuzz {

/// Returns the most memory that `new` had allocated at one time since the last reset; 0 if sanitizers have their own
/// allocator.
std::size_t peak_allocated() noexcept;
void reset_peak() noexcept;

}  // namespace holdfast::fuzz
