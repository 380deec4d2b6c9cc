#include "container/relay.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/caught_error.hpp"
#include "base/system_error.hpp"
#include "base/uri.hpp"
#include "container/joined_streams.hpp"
#include "container/unix_address.hpp"

namespace holdfast::container {

namespace {

constexpr int kTickOfRelay = 100;  // ms
constexpr std::size_t kMostConnections = 256;

Fd listening_socket(const std::filesystem::path& path) {
  const std::string text = path.string();
  const sockaddr_un address = unix_address(text);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd.get(), SOMAXCONN) != 0)
    throw system_error("can't listen at " + text, errno);
  return fd;
}

}  // namespace

Relay::Relay(ExecPlace place, Carrier carrier, const std::filesystem::path& socket, const Engine::Bounds& bounds)
    : place_(std::move(place)),
      carrier_(std::move(carrier)),
      bounds_(bounds),
      listener_(listening_socket(socket)),
      thread_([this](const std::stop_token& stop) { serve(stop); }) {}

Relay::~Relay() {
  thread_.request_stop();
  thread_.join();
  for (Connection& connection : connections_) connection.thread.request_stop();
}

void Relay::note(const std::string& words) {
  const std::lock_guard lock(mutex_);
  if (words_.empty()) words_ = words;
}

std::string Relay::trouble(std::chrono::milliseconds patience) const try {
  Engine engine(place_.socket, Engine::bounds_of_ending(std::chrono::seconds(10)));
  for (const auto end = std::chrono::steady_clock::now() + patience;;) {
    const Answer answer = engine.ask("GET", "/containers/" + percent_encode(place_.container) + "/json");
    if (answer.status == 404) return "the container " + place_.container + " is no longer there";
    if (answer.ok() && answer.body->is_object() && answer.body->contains("State")) {
      const std::string state = text_of(answer.body->at("State"), "Status");
      if (!state.empty() && state != "running") return "the container " + place_.container + " no longer runs: it is " + state;
    }
    if (std::chrono::steady_clock::now() >= end) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(kTickOfRelay));
  }
  const std::lock_guard lock(mutex_);
  return words_.empty() ? "" : "in the container " + place_.container + ": " + words_;
} catch (...) {
  return "the engine at " + place_.socket + " no longer answers";
}

// The connections that wait for a thread are in the socket's queue.
void Relay::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      std::erase_if(connections_, [](const Connection& connection) { return connection.ended.load(); });
      pollfd waiting{listener_.get(), POLLIN, 0};
      const bool room = connections_.size() < kMostConnections;
      if (::poll(&waiting, room ? 1 : 0, kTickOfRelay) > 0) accept_one();
    } catch (...) {
      note(caught_error().message());
      std::this_thread::sleep_for(std::chrono::milliseconds(kTickOfRelay));  // for want of threads or descriptors
    }
  }
}

void Relay::accept_one() {
  Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!client && (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)) return;
  if (!client) throw system_error("can't accept a connection", errno);
  Connection& connection = connections_.emplace_back();
  try {
    connection.thread = std::jthread([this, &connection, client = std::move(client)](const std::stop_token& stop) {
      try {
        carry(client, stop);
      } catch (...) {
        note(caught_error().message());
      }
      connection.ended = true;
    });
  } catch (...) {
    connections_.pop_back();
    throw;
  }
}

void Relay::carry(const Fd& client, const std::stop_token& stop) {
  Engine::Bounds bounds = bounds_;
  bounds.stop = stop;
  Engine engine(place_.socket, bounds);
  ExecStream program(engine, create_exec(engine, place_, {.argv = carrier_.argv, .environment = {}, .directory = {}}));
  const std::string errors = join_streams(client.get(), program, stop);
  if (!errors.empty()) note(errors);
}

}  // namespace holdfast::container
