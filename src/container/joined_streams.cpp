#include "container/joined_streams.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error_tail.hpp"
#include "base/system_error.hpp"

namespace holdfast::container {

namespace {

constexpr int kTickOfJoin = 100;                              // ms
constexpr std::chrono::milliseconds kTimeOfLastOutput{2000};  // of a program whose input has ended

class JoinedStreams {
 public:
  JoinedStreams(int client, ExecStream& program) : client_(client), program_(program) {}

  void run(const std::stop_token& stop) {
    while (!client_ended_ && !stop.stop_requested()) {
      const bool down = client_takes(), up = program_takes();
      if (program_.ended() && to_client_.empty()) return;
      if (!down && !up) wait();
    }
  }

  // The program still runs: it is told that nothing will come, and what it says is read until it ends.
  void end() {
    program_.close_input();
    const auto latest = std::chrono::steady_clock::now() + kTimeOfLastOutput;
    while (!program_.ended() && std::chrono::steady_clock::now() < latest) {
      program_.wait(false, std::chrono::milliseconds(kTickOfJoin));
      while (next_output()) {
      }
      to_client_ = {};
    }
  }

  std::string errors() const { return errors_.text(); }

 private:
  // The view is valid until the program's stream is read again.
  bool next_output() {
    const std::optional<ExecStream::Part> part = program_.take();
    if (!part) return false;
    if (part->channel == ExecStream::Channel::errors) {
      errors_.add(as_text(part->bytes));
    } else {
      to_client_ = part->bytes;
    }
    return true;
  }

  // Each returns whether something has moved.
  bool client_takes() {
    bool moved = false;
    while (to_client_.empty() && next_output()) moved = true;
    while (!to_client_.empty()) {
      const ssize_t sent = ::send(client_, to_client_.data(), to_client_.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        client_ended_ = true;
        to_client_ = {};
      }
      if (sent <= 0) break;
      to_client_ = to_client_.subspan(static_cast<std::size_t>(sent));
      moved = true;
    }
    return moved;
  }

  bool program_takes() {
    if (to_program_.empty()) {
      const ssize_t got = ::recv(client_, buffer_.data(), buffer_.size(), 0);
      if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) client_ended_ = true;
      if (got <= 0) return false;
      to_program_ = ByteView(buffer_).first(static_cast<std::size_t>(got));
    }
    const std::optional<std::size_t> sent = program_.put(to_program_);
    // A program that no longer reads has ended or is about to: its output tells.
    to_program_ = to_program_.subspan(sent.value_or(to_program_.size()));
    return sent != 0U;
  }

  void wait() {
    // A side from which nothing is wanted is not looked at: its end would be reported again and again.
    const auto side = [](int fd, bool read, bool write) {
      return pollfd{read || write ? fd : -1, static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0)), 0};
    };
    std::array both = {side(client_, to_program_.empty(), !to_client_.empty()),
                       side(program_.fd(), to_client_.empty(), !to_program_.empty())};
    if (::poll(both.data(), both.size(), kTickOfJoin) < 0 && errno != EINTR) throw system_error("can't wait for a connection", errno);
  }

  const int client_;
  ExecStream& program_;
  std::array<std::byte, 64U << 10> buffer_;
  ByteView to_program_;  // in the buffer
  ByteView to_client_;   // in the program's stream
  bool client_ended_ = false;
  ErrorTail errors_;
};

}  // namespace

std::string join_streams(int client, ExecStream& program, const std::stop_token& stop) {
  JoinedStreams joined(client, program);
  joined.run(stop);
  joined.end();
  return joined.errors();
}

}  // namespace holdfast::container
