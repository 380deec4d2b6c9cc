#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// Bytes that parts on their way may take together. Safe from any thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : left_(bytes) {}
  bool take(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }
  void give_back(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    left_ += bytes;
  }

 private:
  std::mutex mutex_;
  std::uint64_t left_;
};

/// The parts of one upload, up to `parallel` of them on their way at once; with 1 they go one after another, while the next one is filled.
/// Used by one thread. Destroyed = those on their way are given up.
class PartUploads {
 public:
  /// Sends part `number` (from 1) and returns what the server calls it. Called from several threads; gives up when `stop` is requested.
  using Send = std::function<std::string(unsigned number, ByteView bytes, const std::stop_token& stop)>;
  /// `stop` is the host's: those on their way are given up then, too.
  PartUploads(unsigned parallel, std::shared_ptr<MemoryBudget> memory, std::stop_token stop, Send send);
  ~PartUploads();
  PartUploads(const PartUploads&) = delete;
  PartUploads& operator=(const PartUploads&) = delete;

  /// Takes the next part. Returns when it is on its way, or stored if there is no memory to go on meanwhile. Throws what an earlier part
  /// met.
  void send(Bytes part);
  /// Waits for all, and returns their names in order. Throws the first error.
  const std::vector<std::string>& finish();

 private:
  struct Job {
    unsigned number = 0;
    Bytes bytes;
  };
  void work();
  void upload(const Job& job);
  void check() const;

  unsigned parallel_;
  std::shared_ptr<MemoryBudget> memory_;
  Send send_;
  std::stop_source stop_;
  struct RequestStop {
    std::stop_source& source;
    void operator()() const noexcept { source.request_stop(); }
  };
  std::stop_callback<RequestStop> host_stops_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  unsigned under_way_ = 0;  // waiting or being sent
  bool closed_ = false;
  std::exception_ptr first_error_;
  std::vector<std::string> names_;  // by number
  std::vector<std::thread> threads_;
};

}  // namespace holdfast
