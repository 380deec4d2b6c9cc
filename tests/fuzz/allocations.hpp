#pragma once

#include <cstddef>

namespace holdfast::fuzz {

/// How much memory `new` gave at the same time at most, since the last reset: 0 where sanitizers have an allocator of their own.
std::size_t peak_allocated() noexcept;
void reset_peak() noexcept;

}  // namespace holdfast::fuzz
