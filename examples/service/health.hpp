#pragma once

#include <functional>
#include <memory>
#include <string>

#include "log.hpp"
#include "state.hpp"

namespace service {

/// Serves GET /healthz: the state as JSON, with status 200, or 503 if the newest run failed; and GET /metrics if
/// `metrics` returns text. A thread of its own, which ends with this object.
class Health {
 public:
  using Metrics = std::function<std::string()>;
  /// `address` is HOST:PORT; empty = serves nothing. Logs a warning if it can't listen there: the service works
  /// without.
  Health(const std::string& address, const State& state, Metrics metrics, Log& log);
  ~Health();

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

/// Asks a service at HOST:PORT for its health and prints the answer. Returns the exit status of healthcheck.sh.
int check_health(const std::string& address);

}  // namespace service
