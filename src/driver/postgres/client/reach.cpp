#include "driver/postgres/client/reach.hpp"

#include "base/executor.hpp"
#include "base/scratch_directory.hpp"
#include "container/relay.hpp"
#include "driver/postgres/client/socket_place.hpp"

namespace holdfast::postgres {

namespace {

constexpr std::chrono::milliseconds kTimeToLearn{1000};  // of a container's end

container::InnerServer server_of(const ConnInfo::Inside& inside) {
  const std::string port = inside.port.empty() ? ConnInfo::kUsualPort : inside.port;
  if (!inside.host.empty() && !inside.host.starts_with('/')) return {{}, inside.host, port};
  const std::string file = "/" + socket_file(port);
  if (!inside.host.empty()) return {{inside.host + file}, "", port};
  return {{"/var/run/postgresql" + file, "/run/postgresql" + file, "/tmp" + file}, "127.0.0.1", port};
}

}  // namespace

void check_reach(const ConnInfo& info, const std::string& engine_socket) {
  const std::string& container = info.inside().container;
  if (!container.empty()) {
    static_cast<void>(container::parse_exec_place(container, engine_socket));
  } else if (!engine_socket.empty()) {
    throw Error(ErrorCode::invalid_argument, "option engine_socket is for a server in a container, postgresql://…?container=docker:NAME");
  }
}

void while_reached(const ConnInfo& info, const std::string& engine_socket, const Context& context,
                   const std::function<void(const ConnInfo&)>& work) {
  check_reach(info, engine_socket);
  if (info.inside().container.empty()) return work(info);
  const container::ExecPlace place = container::parse_exec_place(info.inside().container, engine_socket);
  const container::InnerServer server = server_of(info.inside());
  const container::Carrier carrier = container::find_carrier(place, server, context);
  context.log("reaching PostgreSQL in the container " + place.container + " through " + carrier.description);
  const auto folder = context.host.executor->open_scratch(short_parent(context));
  // Not ended by a stop request: what the work does to clean up needs connections, too.
  container::Relay relay(place, carrier, folder->path() / socket_file(server.port),
                         {.connect = context.limits.connect_timeout, .silence = context.limits.stall_timeout, .stop = {}});
  try {
    work(info.through_socket(folder->path()));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    const std::string trouble = relay.trouble(error.code() == ErrorCode::network ? kTimeToLearn : std::chrono::milliseconds(0));
    if (trouble.empty()) throw;
    throw Error(error.code(), error.message() + "; " + trouble, error.retryable());
  }
}

}  // namespace holdfast::postgres
