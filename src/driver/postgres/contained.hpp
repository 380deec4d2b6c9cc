#pragma once

#include <memory>
#include <string>

#include "driver/postgres/logical/logical.hpp"

namespace holdfast::postgres {

/// The source and the target of a server in a container: those of any server, each call of which reaches it anew.
std::unique_ptr<Source> contained_source(ConnInfo info, std::string engine_socket, const Selection& selection, LogicalOptions options);
std::unique_ptr<Target> contained_target(ConnInfo info, std::string engine_socket);

}  // namespace holdfast::postgres
