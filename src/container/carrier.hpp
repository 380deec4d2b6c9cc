#pragma once

#include <string>
#include <vector>

#include "container/exec_request.hpp"
#include "holdfast/context.hpp"

namespace holdfast::container {

/// A server, as programs in its container reach it.
struct InnerServer {
  std::vector<std::string> sockets;  ///< paths of unix sockets, the likeliest first
  std::string host, port;            ///< if none of them is there; an empty host = only sockets are meant
};

/// A program in a container that joins its standard streams to a server. It is one process without children: one that
/// loses its parent would become a child of the container's first process, and PostgreSQL as that process takes the end
/// of an unknown child for a crash. It ends when either of its two sides does.
struct Carrier {
  std::vector<std::string> argv;
  std::string description;  ///< "perl and /run/postgresql/.s.PGSQL.5432"
};

/// Asks the container which of the known programs and sockets it has. Throws Error{unsupported} if none will do.
Carrier find_carrier(const ExecPlace& place, const InnerServer& server, const Context& context);

}  // namespace holdfast::container
