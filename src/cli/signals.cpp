#include "signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include "exit_codes.hpp"

namespace holdfast::cli {

Signals::Signals() {
  // What can't be written is an error of the write, and cleaned up after: a reader that left, a file size limit (ulimit -f).
  for (const int number : {SIGPIPE, SIGXFSZ}) ::signal(number, SIG_IGN);
  sigemptyset(&set_);
  // A blocked signal would be delivered to sigwait although it is ignored, and nohup would not hold.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction now {};
    ::sigaction(number, nullptr, &now);
    if (now.sa_handler != SIG_IGN) sigaddset(&set_, number);
  }
  sigaddset(&set_, SIGUSR2);  // the destructor's call to the thread
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
