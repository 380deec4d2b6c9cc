#include "support/loopback.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace holdfast::testing {

namespace {

sockaddr_in loopback_address(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

Loopback::Loopback(std::function<void(int)> serve) : serve_(std::move(serve)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback_address(0);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, generic, length) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, generic, &length) != 0)
    throw std::runtime_error("can't listen on the loopback");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

Loopback::~Loopback() {
  close();
  for (Connection& connection : connections_) ::shutdown(connection.fd, SHUT_RDWR);
  for (Connection& connection : connections_) {
    connection.thread.join();
    ::close(connection.fd);
  }
}

void Loopback::close() {
  if (closed_.exchange(true)) return;
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept
  acceptor_.join();
  ::close(listener_);
}

void Loopback::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (closed_ || fd < 0) {
      if (fd >= 0) ::close(fd);
      if (closed_) return;
      continue;
    }
    const std::lock_guard lock(mutex_);
    drop_ended();
    auto ended = std::make_shared<std::atomic<bool>>(false);
    std::thread thread([this, fd, ended] {
      serve_(fd);
      ::shutdown(fd, SHUT_RDWR);
      *ended = true;
    });
    connections_.push_back({fd, std::move(thread), std::move(ended)});
  }
}

void Loopback::drop_ended() {
  std::erase_if(connections_, [](Connection& connection) {
    if (!*connection.ended) return false;
    connection.thread.join();
    ::close(connection.fd);
    return true;
  });
}

bool send_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(fd, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

int connect_loopback(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback_address(port);
  if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  if (fd >= 0) ::close(fd);
  return -1;
}

}  // namespace holdfast::testing
