#include "driver/postgres/client/reach.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/executor.hpp"
#include "base/scratch_directory.hpp"
#include "container/relay.hpp"
#include "driver/postgres/client/socket_place.hpp"

namespace holdfast::postgres {

namespace {

constexpr std::chrono::milliseconds kTimeToLearn{1000};  // of a container's end

// Of "docker:db" and "podman:postgres@db".
container::ExecPlace place_of(const std::string& text, const std::string& engine_socket) {
  const std::size_t colon = text.find(':');
  const std::string engine = text.substr(0, colon);
  std::string name = colon == std::string::npos ? "" : text.substr(colon + 1);
  std::string user;
  if (const std::size_t at = name.find('@'); at != std::string::npos) {
    user = name.substr(0, at);
    name = name.substr(at + 1);
    if (user.empty()) name.clear();
  }
  const auto allowed = [](char c) { return is_ascii_alnum(c) || c == '.' || c == '_' || c == '-'; };
  if ((engine != "docker" && engine != "podman") || name.empty() || !std::ranges::all_of(name + user, allowed))
    throw Error(ErrorCode::invalid_argument, "can't use container=" + text +
                                                 ": write docker:NAME or podman:NAME, or docker:USER@NAME for a "
                                                 "user of the container's system");
  return {container::socket_of(engine_socket, engine), name, user};
}

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
    static_cast<void>(place_of(container, engine_socket));
  } else if (!engine_socket.empty()) {
    throw Error(ErrorCode::invalid_argument, "option engine_socket is for a server in a container, postgresql://…?container=docker:NAME");
  }
}

void while_reached(const ConnInfo& info, const std::string& engine_socket, const Context& context,
                   const std::function<void(const ConnInfo&)>& work) {
  check_reach(info, engine_socket);
  if (info.inside().container.empty()) return work(info);
  const container::ExecPlace place = place_of(info.inside().container, engine_socket);
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
