#include "signals.hpp"

#include <pthread.h>

namespace service {

namespace {

sigset_t ending() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

Signals::Signals(std::function<void(int)> on_signal) {
  const sigset_t signals = ending();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a client of the health endpoint may leave
  thread_ = std::jthread([on_signal = std::move(on_signal), signals](const std::stop_token& stop) {
    constexpr timespec kPatience{0, 100'000'000};
    while (!stop.stop_requested()) {
      if (const int number = sigtimedwait(&signals, nullptr, &kPatience); number > 0) on_signal(number);
    }
  });
}

Signals::~Signals() = default;

}  // namespace service
