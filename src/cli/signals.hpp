#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace holdfast::cli {

/// Turns SIGINT, SIGTERM and SIGHUP into a stop request, on a thread of its own. Construct it first in main, before any
/// other thread, so that all threads inherit the block. A second SIGINT ends the process at once with status 130.
/// Signals that were ignored at the start (nohup) stay ignored; SIGPIPE becomes an error of the write.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const noexcept { return stop_.get_token(); }

 private:
  void wait();

  sigset_t set_{};
  std::stop_source stop_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace holdfast::cli
