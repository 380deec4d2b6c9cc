#include "signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include "exit_codes.hpp"

namespace holdfast::cli {

Signals::Signals() {
  // A failed write must be an error that is cleaned up after, not a signal: its reader has left, or a file size limit
  // (ulimit -f) is reached.
  for (const int number : {SIGPIPE, SIGXFSZ}) ::signal(number, SIG_IGN);
  sigemptyset(&set_);
  // Don't block ignored signals: sigwait would still receive them, and nohup would have no effect.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction now {};
    ::sigaction(number, nullptr, &now);
    if (now.sa_handler != SIG_IGN) sigaddset(&set_, number);
  }
  sigaddset(&set_, SIGUSR2);  // the destructor wakes the thread with it
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  thread_ = std::thread([this] { wait(); });
}

Signals::~Signals() {
  ending_ = true;
  pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
}

void Signals::wait() {
  int number = 0;
  while (sigwait(&set_, &number) == 0 && !ending_) {
    if (number == SIGUSR2) continue;
    if (number == SIGINT && stop_.stop_requested()) ::_exit(kCancelled);
    stop_.request_stop();
  }
}

}  // namespace holdfast::cli
