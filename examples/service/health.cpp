#include "health.hpp"

#include <httplib.h>
#include <sys/socket.h>

#include <cstdio>
#include <thread>

namespace service {

namespace {

struct Address {
  explicit Address(const std::string& text) : host(text.substr(0, text.rfind(':'))), port(std::atoi(text.c_str() + text.rfind(':') + 1)) {}
  std::string host;
  int port;
};

}  // namespace

struct Health::Server {
  httplib::Server http;
  std::thread thread;
};

Health::Health(const std::string& address, const State& state, Metrics metrics, Log& log) {
  if (address.empty()) return;
  const Address at(address);
  auto server = std::make_unique<Server>();
  server->http.new_task_queue = [] { return new httplib::ThreadPool(2); };  // httplib takes ownership
  // Without the default SO_REUSEPORT, with which two services would share the port.
  server->http.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server->http.set_keep_alive_max_count(1);
  server->http.set_read_timeout(5);
  server->http.Get("/healthz", [&state](const httplib::Request&, httplib::Response& reply) {
    reply.status = state.healthy() ? 200 : 503;
    reply.set_content(state.json(), "application/json");
  });
  if (metrics) {
    server->http.Get("/metrics", [metrics = std::move(metrics)](const httplib::Request&, httplib::Response& reply) {
      reply.set_content(metrics(), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    });
  }
  if (!server->http.bind_to_port(at.host.c_str(), at.port)) {
    log.warning("no health endpoint: can't listen on " + address + " (is the port in use? set HOLDFAST_HEALTH)");
    return;
  }
  server->thread = std::thread([http = &server->http] { http->listen_after_bind(); });
  server_ = std::move(server);
  log.info("health endpoint http://" + address + "/healthz");
}

Health::~Health() {
  if (!server_) return;
  // A stop before the loop has begun would have no effect.
  while (!server_->http.is_running()) std::this_thread::yield();
  server_->http.stop();
  server_->thread.join();
}

int check_health(const std::string& address) {
  if (address.empty()) return std::puts("the health endpoint is off"), 0;
  const Address at(address);
  httplib::Client client(at.host == "0.0.0.0" ? "127.0.0.1" : at.host, at.port);
  client.set_connection_timeout(5);
  client.set_read_timeout(10);
  const auto reply = client.Get("/healthz");
  if (!reply) return std::fprintf(stderr, "no answer from http://%s/healthz\n", address.c_str()), 1;
  std::fputs(reply->body.c_str(), stdout);
  return reply->status == 200 ? 0 : 1;
}

}  // namespace service
