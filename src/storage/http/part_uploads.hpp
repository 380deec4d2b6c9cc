#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/job_queue.hpp"
#include "holdfast/bytes.hpp"

namespace holdfast {

/// Limits the memory of all parts that are being sent. Safe from any thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : left_(bytes) {}
  bool take(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }
  void give_back(std::uint64_t bytes) noexcept {
    const std::lock_guard lock(mutex_);
    left_ += bytes;
  }

 private:
  std::mutex mutex_;
  std::uint64_t left_;
};

/// Sends the parts of one upload, up to `parallel` of them at once. With 1, they are sent one after another, while the
/// caller fills the next one. Used by one thread. Destroyed = parts that are being sent are abandoned.
class PartUploads {
 public:
  /// Sends part `number` (from 1) and returns the server's name for it. Called from several threads. Ends early when
  /// `stop` is requested.
  using Send = std::function<std::string(unsigned number, ByteView bytes, const std::stop_token& stop)>;
  /// `stop` is the host's: it abandons parts that are being sent.
  PartUploads(unsigned parallel, std::shared_ptr<MemoryBudget> memory, std::stop_token stop, Send send);

  /// Takes the next part. Returns when it is being sent, or after it is stored if there is no memory or thread to go on
  /// meanwhile. Throws the error of an earlier part.
  void send(Bytes part);
  /// Waits for all parts and returns their names in order. Throws the first error. Nothing can be sent after it.
  const std::vector<std::string>& finish();

 private:
  struct Part {
    unsigned number = 0;
    Bytes bytes;
    std::shared_ptr<void> memory;  ///< gives the bytes back to the budget
  };
  using Queue = JobQueue<Part>;

  Queue* queue();
  void upload(const Part& part, const std::stop_token& stop);

  const unsigned parallel_;
  const std::shared_ptr<MemoryBudget> memory_;
  const std::stop_token stop_;
  const Send send_;
  std::mutex mutex_;
  std::vector<std::string> names_;  // by number; under mutex_
  std::atomic<unsigned> under_way_{0};
  std::optional<Queue> queue_;  // last: its threads use all of the above
};

}  // namespace holdfast
