#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace holdfast::testing {

/// A TCP server on a free port of the loopback, with a thread for each connection. `serve` receives the connection's
/// descriptor, which is shut down when the server is destroyed, and closed after `serve` returns.
class Loopback {
 public:
  explicit Loopback(std::function<void(int)> serve);
  ~Loopback();
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  int port() const noexcept { return port_; }
  /// Stops listening: new connections are refused. Existing ones stay.
  void close();

 private:
  struct Connection {
    int fd;
    std::thread thread;
    std::shared_ptr<std::atomic<bool>> ended;
  };
  void accept_all();
  /// Releases ended connections, so that a server with many does not run out of descriptors.
  void drop_ended();

  std::function<void(int)> serve_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  std::vector<Connection> connections_;
  std::thread acceptor_;
};

/// Sends all bytes. Returns false if the other side is gone.
bool send_all(int fd, const char* data, std::size_t size);
/// Connects to a port of the loopback. Returns -1 if nobody listens.
int connect_loopback(int port);

}  // namespace holdfast::testing
