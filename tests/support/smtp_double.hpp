#pragma once

#include <sys/socket.h>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "support/loopback.hpp"

namespace holdfast::testing {

/// A mail server without encryption whose mails a test can read. While it is `down`, it turns everybody away.
class SmtpDouble {
 public:
  int port() const noexcept { return loopback_.port(); }
  std::vector<std::string> mails() const {
    const std::lock_guard lock(mutex_);
    return mails_;
  }

  std::atomic<bool> down{false};

 private:
  static void say(int fd, const std::string& line) { send_all(fd, (line + "\r\n").data(), line.size() + 2); }

  static bool read_line(int fd, std::string& line) {
    line.clear();
    for (char c = 0; ::recv(fd, &c, 1, 0) == 1;) {
      if (c == '\n') return true;
      if (c != '\r') line += c;
    }
    return false;
  }

  void take_mail(int fd) {
    std::string mail, line;
    say(fd, "354 go on");
    while (read_line(fd, line) && line != ".") mail += line + "\n";
    const std::lock_guard lock(mutex_);
    mails_.push_back(mail);
  }

  void serve(int fd) {
    if (down) return say(fd, "421 come back later");
    say(fd, "220 test");
    for (std::string line; read_line(fd, line);) {
      if (line == "DATA") take_mail(fd);
      say(fd, line == "QUIT" ? "221 bye" : "250 ok");
      if (line == "QUIT") return;
    }
  }

  mutable std::mutex mutex_;
  std::vector<std::string> mails_;
  Loopback loopback_{[this](int fd) { serve(fd); }};  // last: its threads use the others
};

}  // namespace holdfast::testing
