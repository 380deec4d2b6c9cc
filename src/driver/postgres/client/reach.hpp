#pragma once

#include <functional>
#include <string>

#include "driver/postgres/client/conninfo.hpp"
#include "holdfast/context.hpp"

namespace holdfast::postgres {

/// Throws Error{invalid_argument} if a URI names a container as no engine does, or if there is an engine's socket and
/// no container.
void check_reach(const ConnInfo& info, const std::string& engine_socket);

/// Runs `work` with the parameters by which this machine reaches a server: `info`, or, for a server in a container, a
/// socket that leads there meanwhile. `engine_socket` is that of the engine's API; empty = the usual one. If `work`
/// fails and the way to the server is why, the error says so.
void while_reached(const ConnInfo& info, const std::string& engine_socket, const Context& context,
                   const std::function<void(const ConnInfo&)>& work);

}  // namespace holdfast::postgres
