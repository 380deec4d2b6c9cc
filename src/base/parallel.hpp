#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <thread>
#include <vector>

#include "holdfast/context.hpp"

namespace holdfast {

/// Starts up to `count` threads that call `work(thread)`. Starts fewer if the system has no more. Throws Error{limit}
/// if not even one starts. They count retries for the operation of the caller.
std::vector<std::jthread> start_threads(unsigned count, const std::function<void(unsigned thread)>& work);

/// Runs `work(worker, stop)` for workers 0 … count-1, each on its own thread, and joins them all. Requests `stop` when
/// the context is cancelled or a worker throws. Rethrows the first exception after all have returned.
void run_parallel(unsigned count, const Context& context, const std::function<void(unsigned worker, std::stop_token stop)>& work);

/// Calls `work(0)` … `work(count - 1)`, up to `threads` at a time. Returns when all are done. After an exception it
/// starts no further calls, and throws the first one.
void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work);

}  // namespace holdfast
