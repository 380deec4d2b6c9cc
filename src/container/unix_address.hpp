#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>

#include "holdfast/error.hpp"

namespace holdfast::container {

/// Returns the address of a unix socket. Throws Error{invalid_argument} for a path that is too long for one.
inline sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw Error(ErrorCode::invalid_argument, path + ": is too long for the path of a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

}  // namespace holdfast::container
