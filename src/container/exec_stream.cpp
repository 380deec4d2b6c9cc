#include "container/exec_stream.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/system_error.hpp"

namespace holdfast::container {

namespace {

constexpr std::size_t kReceived = 64U << 10;
constexpr std::size_t kFrameHead = 8;  // channel, three zeros, size (big-endian)
constexpr std::size_t kLongestHead = 64U << 10;
constexpr std::chrono::milliseconds kTickOfStart{100};

int status_of(std::string_view head) {
  int status = 0;
  const std::size_t space = head.find(' ');
  if (space != std::string_view::npos) std::from_chars(head.data() + space + 1, head.data() + head.size(), status);
  return status;
}

}  // namespace

ExecStream::ExecStream(const Engine& engine, const std::string& exec_id) {
  connect(engine.socket());
  send_request(engine, exec_id);
  read_head(engine);
}

void ExecStream::connect(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) throw Error(ErrorCode::invalid_argument, socket + ": is too long for the path of a socket");
  std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
  fd_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd_) throw system_error("can't make a socket", errno);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw system_error("can't connect to the engine at " + socket, errno);
}

ExecStream::Ready ExecStream::wait(bool want_write, std::chrono::milliseconds patience) {
  pollfd socket{fd_.get(), static_cast<short>((ended_ ? 0 : POLLIN) | (want_write ? POLLOUT : 0)), 0};
  if (::poll(&socket, 1, static_cast<int>(patience.count())) < 0 && errno != EINTR) throw system_error("can't wait for the engine", errno);
  const bool broken = (socket.revents & (POLLHUP | POLLERR)) != 0;
  return {.read = broken || (socket.revents & POLLIN) != 0, .write = broken || (socket.revents & POLLOUT) != 0};
}

// Until the engine has answered, its silence is its own, not the program's.
void ExecStream::wait_for(const Engine& engine, bool want_write) {
  for (const auto begin = std::chrono::steady_clock::now();;) {
    if (engine.bounds().stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    const Ready ready = wait(want_write, kTickOfStart);
    if (want_write ? ready.write : ready.read) return;
    if (std::chrono::steady_clock::now() - begin > engine.bounds().silence)
      throw Error(ErrorCode::timeout, "the engine at " + engine.socket() + " does not start the program");
  }
}

void ExecStream::send_request(const Engine& engine, const std::string& exec_id) {
  const std::string body = R"({"Detach":false,"Tty":false})";
  const std::string request = "POST /exec/" + exec_id +
                              "/start HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                              "Content-Type: application/json\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body;
  for (ByteView rest = as_bytes(request); !rest.empty();) {
    const std::optional<std::size_t> sent = put(rest);
    if (!sent) throw Error(ErrorCode::network, "the engine at " + engine.socket() + " ended the connection");
    rest = rest.subspan(*sent);
    if (*sent == 0) wait_for(engine, true);
  }
}

void ExecStream::read_head(const Engine& engine) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  std::size_t end = std::string_view::npos;
  while ((end = as_text(buffer_).find(kEnd)) == std::string_view::npos) {
    if (buffer_.size() > kLongestHead || (!fill() && ended_))
      throw Error(ErrorCode::network, "the engine at " + engine.socket() + " gave no answer to the start of a program");
    if (as_text(buffer_).find(kEnd) == std::string_view::npos) wait_for(engine, false);
  }
  const int status = status_of(as_text(buffer_).substr(0, end));
  at_ = end + kEnd.size();
  if (status == 101 || status == 200) return;
  const std::string body(as_text(buffer_).substr(at_));
  const std::optional<JsonTree> json = try_parse_json(body.substr(0, body.rfind('}') + 1));
  throw refusal("can't start the program", status, json ? **json : *JsonTree());
}

// Returns whether something has arrived.
bool ExecStream::fill() {
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
  }
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kReceived);
  const ssize_t got = ::recv(fd_.get(), buffer_.data() + before, kReceived, 0);
  const int error = errno;
  buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got == 0 || (got < 0 && error == ECONNRESET)) ended_ = true;
  if (got < 0 && error != EAGAIN && error != EINTR && error != ECONNRESET) throw system_error("can't read from the engine", error);
  return got > 0;
}

std::optional<ExecStream::Part> ExecStream::take() {
  const std::size_t needed = left_ == 0 ? kFrameHead : 1;
  if (buffer_.size() - at_ < needed) {
    if (!ended_) fill();
    const std::size_t there = buffer_.size() - at_;
    if (ended_ && there < needed && (there != 0 || left_ != 0))
      throw Error(ErrorCode::network, "the engine ended the connection in the middle of a program's output");
    if (there < needed) return std::nullopt;
  }
  if (left_ == 0) {
    const auto* head = reinterpret_cast<const unsigned char*>(buffer_.data() + at_);
    channel_ = head[0] == 2 ? Channel::errors : Channel::output;
    left_ = std::size_t{head[4]} << 24U | std::size_t{head[5]} << 16U | std::size_t{head[6]} << 8U | head[7];
    at_ += kFrameHead;
    return Part{channel_, {}};
  }
  const ByteView bytes = ByteView(buffer_).subspan(at_, std::min(left_, buffer_.size() - at_));
  at_ += bytes.size();
  left_ -= bytes.size();
  return Part{channel_, bytes};
}

std::optional<std::size_t> ExecStream::put(ByteView bytes) {
  const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EPIPE || errno == ECONNRESET) return std::nullopt;
  if (errno != EAGAIN && errno != EINTR) throw system_error("can't write to the engine", errno);
  return 0;
}

void ExecStream::close_input() noexcept { ::shutdown(fd_.get(), SHUT_WR); }

}  // namespace holdfast::container
