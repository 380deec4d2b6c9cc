#pragma once

#include <cstddef>
#include <functional>

namespace holdfast {

/// Calls `work(0)` … `work(count - 1)`, up to `threads` at a time, the calling thread among them. Returns when all are done; after an
/// exception no further ones are begun, and the first is thrown.
void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work);

}  // namespace holdfast
