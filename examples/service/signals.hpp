#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace service {

/// Calls `on_signal` with the signal's number on a thread of its own for each SIGTERM and SIGINT. Make it before any
/// other thread: these inherit the blocked signals.
class Signals {
 public:
  explicit Signals(std::function<void(int)> on_signal);
  ~Signals();

 private:
  std::jthread thread_;
};

}  // namespace service
