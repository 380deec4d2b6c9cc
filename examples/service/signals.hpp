#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace service {

/// Calls `on_signal` on a thread of its own for each SIGTERM and SIGINT. Make it before any other thread: these inherit
/// the blocked signals.
class Signals {
 public:
  explicit Signals(std::function<void()> on_signal);
  ~Signals();

 private:
  std::jthread thread_;
};

}  // namespace service
