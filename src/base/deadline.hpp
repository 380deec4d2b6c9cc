#pragma once

#include <atomic>
#include <chrono>
#include <stop_token>
#include <thread>

namespace holdfast {

/// A stop token that stops at a deadline, too. Its thread ends with it.
class Deadline {
 public:
  Deadline(std::chrono::milliseconds from_now, const std::stop_token& host);

  std::stop_token token() const noexcept { return stop_.get_token(); }
  bool passed() const noexcept { return passed_; }

 private:
  struct Forward {
    std::stop_source target;
    void operator()() noexcept { target.request_stop(); }
  };
  std::stop_source stop_;
  std::stop_callback<Forward> from_host_;
  std::atomic<bool> passed_{false};
  std::jthread timer_;  // last: it uses the others
};

}  // namespace holdfast
