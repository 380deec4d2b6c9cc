#include "container/engine_socket.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/system_error.hpp"
#include "container/unix_address.hpp"

namespace holdfast::container {

namespace {

constexpr std::size_t kReceived = 64U << 10;
constexpr std::size_t kLongestHead = 64U << 10;
constexpr std::chrono::milliseconds kTickOfEngine{100};

int status_of(std::string_view head) {
  int status = 0;
  const std::size_t space = head.find(' ');
  if (space != std::string_view::npos) std::from_chars(head.data() + space + 1, head.data() + head.size(), status);
  return status;
}

}  // namespace

EngineSocket::EngineSocket(const Engine& engine, std::string what) : engine_(engine), what_(std::move(what)) {
  const std::string& path = engine.socket();
  const sockaddr_un address = unix_address(path);
  fd_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd_) throw system_error("can't make a socket", errno);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw system_error("can't connect to the engine at " + path, errno);
}

EngineSocket::Ready EngineSocket::wait(bool want_write, std::chrono::milliseconds patience) {
  pollfd socket{fd_.get(), static_cast<short>((ended_ ? 0 : POLLIN) | (want_write ? POLLOUT : 0)), 0};
  if (::poll(&socket, 1, static_cast<int>(patience.count())) < 0 && errno != EINTR) throw system_error("can't wait for the engine", errno);
  const bool broken = (socket.revents & (POLLHUP | POLLERR)) != 0;
  return {.read = broken || (socket.revents & POLLIN) != 0, .write = broken || (socket.revents & POLLOUT) != 0};
}

void EngineSocket::wait_in_bounds(bool want_write) {
  for (const auto begin = std::chrono::steady_clock::now();;) {
    if (engine_.bounds().stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    const Ready ready = wait(want_write, kTickOfEngine);
    if (want_write ? ready.write : ready.read) return;
    if (std::chrono::steady_clock::now() - begin > engine_.bounds().silence)
      throw Error(ErrorCode::timeout, "the engine at " + engine_.socket() + " does not " + what_);
  }
}

std::optional<std::size_t> EngineSocket::put(ByteView bytes) {
  const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EPIPE || errno == ECONNRESET) return std::nullopt;
  if (errno != EAGAIN && errno != EINTR) throw system_error("can't write to the engine", errno);
  return 0;
}

bool EngineSocket::put_all(ByteView bytes) {
  while (!bytes.empty()) {
    const std::optional<std::size_t> sent = put(bytes);
    if (!sent) return false;
    bytes = bytes.subspan(*sent);
    if (*sent == 0) wait_in_bounds(true);
  }
  return true;
}

void EngineSocket::close_output() noexcept { ::shutdown(fd_.get(), SHUT_WR); }

bool EngineSocket::fill() {
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

// Until the engine has answered, its silence is its own.
int EngineSocket::read_head() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  for (;;) {
    const std::string_view text = as_text(arrived());
    if (const std::size_t end = text.find(kEnd); end != std::string_view::npos) {
      const int status = status_of(text.substr(0, end));
      take(end + kEnd.size());
      return status;
    }
    if (text.size() > kLongestHead || ended_)
      throw Error(ErrorCode::network, "the engine at " + engine_.socket() + " was asked to " + what_ + " and gave no answer");
    if (!fill() && !ended_) wait_in_bounds(false);
  }
}

Error EngineSocket::refused(int status) const {
  const std::string_view text = as_text(arrived());
  const std::size_t begin = std::min(text.find('{'), text.size());  // after the length of a chunk
  const std::optional<JsonTree> json = try_parse_json(text.substr(begin, text.rfind('}') + 1 - begin));
  return refusal("can't " + what_, status, json ? **json : *JsonTree());
}

}  // namespace holdfast::container
