#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "support/loopback.hpp"

namespace holdfast::testing {

/// The effects of a proxy on the bytes that pass it, counted over all connections since they were set.
struct Toxics {
  std::int64_t cut_up_after = -1;        ///< bytes from client to server that pass before their connection is cut; -1 = never
  std::int64_t cut_down_after = -1;      ///< the same from server to client
  int cuts = -1;                         ///< how many connections are cut that way, each after the same number of bytes; -1 = all
  bool reset = false;                    ///< cut with a reset instead of an end
  bool black_hole = false;               ///< connections are accepted, but nothing ever passes
  std::size_t trickle = 0;               ///< bytes from server to client that pass in each 100 ms; 0 = all
  std::chrono::milliseconds latency{0};  ///< delay before bytes from the server are passed on
};

/// A TCP proxy on the loopback in front of a server on the loopback. Safe from any thread.
class ToxicProxy {
 public:
  explicit ToxicProxy(int upstream_port);

  int port() const noexcept { return loopback_.port(); }
  void set(const Toxics& toxics);
  /// Refuses connections from now on.
  void close() { loopback_.close(); }

  struct Counts {
    std::int64_t up = 0, down = 0;
    int connections = 0, cuts = 0;
  };
  Counts counts() const;

 private:
  void serve(int client);
  bool pass(int from, int to, bool up, int client);
  Toxics toxics() const;
  /// Returns how many of `size` bytes may pass before the cut, and whether the cut is due.
  std::pair<std::size_t, bool> allowance(std::size_t size, bool up);

  int upstream_port_;
  mutable std::mutex mutex_;
  Toxics toxics_;
  Counts counts_;
  std::int64_t since_cut_up_ = 0, since_cut_down_ = 0;
  Loopback loopback_;  // declared last: its threads use the others
};

}  // namespace holdfast::testing
