#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <thread>
#include <vector>

#include "holdfast/context.hpp"

namespace holdfast {

/// Starts up to `count` threads that call `work(thread)`. Starts fewer if the system has no more. Throws Error{limit} if
/// not even one starts.
std::vector<std::jthread> start_threads(unsigned count, const std::function<void(unsigned thread)>& work);

/// Runs `work(worker, stop)` for workers 0 … count-1, each on a thread of its own, and joins them all. `stop` is requested when the
/// context is cancelled or any worker throws; the first exception is thrown again here once all are back.
void run_parallel(unsigned count, const Context& context, const std::function<void(unsigned worker, std::stop_token stop)>& work);

/// Calls `work(0)` … `work(count - 1)`, up to `threads` at a time. Returns when all are done; after an exception no further ones are
/// begun, and the first is thrown.
void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work);

}  // namespace holdfast
