#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace holdfast::testing {

/// A TCP server on a free port of the loopback, with a thread for each connection. `serve` gets the connection's descriptor, which is shut
/// down when the server goes and closed once `serve` returned.
class Loopback {
 public:
  explicit Loopback(std::function<void(int)> serve);
  ~Loopback();
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  int port() const noexcept { return port_; }
  /// No longer listens: connections are refused. Those that are there stay.
  void close();

 private:
  struct Connection {
    int fd;
    std::thread thread;
    std::shared_ptr<std::atomic<bool>> ended;
  };
  void accept_all();
  /// Lets go of the connections that have ended, so that a server of many does not run out of descriptors.
  void drop_ended();

  std::function<void(int)> serve_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  std::vector<Connection> connections_;
  std::thread acceptor_;
};

/// Sends all; false when the other side is gone.
bool send_all(int fd, const char* data, std::size_t size);
/// A connection to a port of the loopback; -1 if nobody listens.
int connect_loopback(int port);

}  // namespace holdfast::testing
