#include "support/toxic_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

namespace holdfast::testing {

namespace {

constexpr int kPollMs = 50;

bool hung_up(int fd) {
  pollfd state{fd, POLLRDHUP, 0};  // not POLLIN: what it sends stays unread, and would end each wait at once
  ::poll(&state, 1, kPollMs);
  return (state.revents & (POLLHUP | POLLERR | POLLRDHUP)) != 0;
}

}  // namespace

ToxicProxy::ToxicProxy(int upstream_port) : upstream_port_(upstream_port), loopback_([this](int client) { serve(client); }) {}

void ToxicProxy::set(const Toxics& toxics) {
  const std::lock_guard lock(mutex_);
  toxics_ = toxics;
  counts_ = {};
  since_cut_up_ = since_cut_down_ = 0;
}

ToxicProxy::Counts ToxicProxy::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

Toxics ToxicProxy::toxics() const {
  const std::lock_guard lock(mutex_);
  return toxics_;
}

std::pair<std::size_t, bool> ToxicProxy::allowance(std::size_t size, bool up) {
  const std::lock_guard lock(mutex_);
  const std::int64_t limit = up ? toxics_.cut_up_after : toxics_.cut_down_after;
  std::int64_t& passed = up ? since_cut_up_ : since_cut_down_;
  bool cut = false;
  if (limit >= 0 && (toxics_.cuts < 0 || counts_.cuts < toxics_.cuts) && passed + static_cast<std::int64_t>(size) > limit) {
    size = static_cast<std::size_t>(std::max<std::int64_t>(limit - passed, 0));
    cut = true;
    ++counts_.cuts;
    passed = 0;
  } else {
    passed += static_cast<std::int64_t>(size);
  }
  (up ? counts_.up : counts_.down) += static_cast<std::int64_t>(size);
  return {size, cut};
}

/// Returns false if the connection has ended or was cut.
bool ToxicProxy::pass(int from, int to, bool up, int client) {
  std::array<char, 65536> buffer;
  const Toxics toxics = this->toxics();
  if (toxics.black_hole) return !hung_up(client);
  std::size_t most = buffer.size();
  if (!up && toxics.trickle != 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    most = std::min(most, toxics.trickle);
  }
  const ssize_t got = ::recv(from, buffer.data(), most, 0);
  if (got <= 0) return false;
  if (!up && toxics.latency.count() != 0) std::this_thread::sleep_for(toxics.latency);
  const auto [size, cut] = allowance(static_cast<std::size_t>(got), up);
  if (!send_all(to, buffer.data(), size)) return false;
  if (!cut) return true;
  if (this->toxics().reset) {
    const linger at_once{1, 0};
    ::setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    // A shutdown would end the connection properly; connecting to nowhere drops it with a reset.
    sockaddr nowhere{};
    nowhere.sa_family = AF_UNSPEC;
    ::connect(client, &nowhere, sizeof nowhere);
  }
  return false;
}

void ToxicProxy::serve(int client) {
  {
    const std::lock_guard lock(mutex_);
    ++counts_.connections;
  }
  while (toxics().black_hole)
    if (hung_up(client)) return;
  const int server = connect_loopback(upstream_port_);
  if (server < 0) return;
  for (bool open = true; open;) {
    std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    if (::poll(ends.data(), ends.size(), kPollMs) <= 0) continue;
    if (ends[0].revents != 0) open = pass(client, server, true, client);
    if (open && ends[1].revents != 0) open = pass(server, client, false, client);
  }
  ::close(server);
}

}  // namespace holdfast::testing
