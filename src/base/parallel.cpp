#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>

#include "base/retry_tally.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

std::vector<std::jthread> start_threads(unsigned count, const std::function<void(unsigned)>& work) {
  const auto counted = [work, tally = RetryTally::current()](unsigned thread) {
    const RetryTally::Scope scope(tally);
    work(thread);
  };
  std::vector<std::jthread> threads;
  threads.reserve(count);
  for (unsigned thread = 0; thread < count; ++thread) {
    try {
      threads.emplace_back(counted, thread);
    } catch (const std::exception& error) {  // no thread, or no memory for one
      // One thread does the work slower; none can't do it at all.
      if (!threads.empty()) break;
      throw Error(ErrorCode::limit, std::string("can't start a thread: ") + error.what());
    }
  }
  return threads;
}

void run_parallel(unsigned count, const Context& context, const std::function<void(unsigned, std::stop_token)>& work) {
  std::stop_source stop;
  const std::stop_callback forward(context.stop, [&] { stop.request_stop(); });
  std::mutex mutex;
  std::exception_ptr first;
  const auto guarded = [&](unsigned worker) noexcept {
    try {
      work(worker, stop.get_token());
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first) first = std::current_exception();
      stop.request_stop();
    }
  };
  start_threads(count, guarded);  // joins them
  if (first) std::rethrow_exception(first);
}

void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work) {
  if (std::min<std::size_t>(threads, count) == 1) {  // nothing to share: run on the caller's own thread
    for (std::size_t index = 0; index < count; ++index) work(index);
    return;
  }
  std::atomic<std::size_t> next{0};
  run_parallel(static_cast<unsigned>(std::min<std::size_t>(threads, count)), Context(), [&](unsigned, std::stop_token stop) {
    for (std::size_t index = next++; index < count && !stop.stop_requested(); index = next++) work(index);
  });
}

}  // namespace holdfast
