#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "base/fd.hpp"
#include "container/carrier.hpp"
#include "container/engine.hpp"

namespace holdfast::container {

/// A unix socket on this machine that leads to a server in a container: a carrier in the container takes each of its
/// connections on. Serves until it is destroyed; then no thread and no carrier is left. One thread owns it.
class Relay {
 public:
  /// `socket` is the path of the socket, in a folder that only this user may enter. Throws Error.
  Relay(ExecPlace place, Carrier carrier, const std::filesystem::path& socket, const Engine::Bounds& bounds);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// Returns why a connection failed or ended, as far as this side knows: the carrier's or the engine's words, or that
  /// the container no longer runs. Empty if nothing is wrong. The engine may learn of a container's end
  /// later than its connections: this asks until `patience` is over.
  std::string trouble(std::chrono::milliseconds patience) const;

 private:
  struct Connection {
    std::atomic<bool> ended = false;
    std::jthread thread;
  };
  void serve(const std::stop_token& stop);
  void accept_one();
  void carry(const Fd& client, const std::stop_token& stop);
  void note(const std::string& words);

  const ExecPlace place_;
  const Carrier carrier_;
  const Engine::Bounds bounds_;
  Fd listener_;
  mutable std::mutex mutex_;
  std::string words_;                  // the first failure; under the mutex
  std::list<Connection> connections_;  // of the listening thread
  std::jthread thread_;                // last: it uses the others
};

}  // namespace holdfast::container
