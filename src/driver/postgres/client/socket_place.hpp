#pragma once

#include <filesystem>
#include <string>

#include "holdfast/context.hpp"

namespace holdfast::postgres {

/// Returns a folder for private folders with sockets: the path of a socket is limited to 107 bytes.
inline std::filesystem::path short_parent(const Context& context) {
  constexpr std::size_t kLongest = 60;
  return context.host.temp_directory.string().size() > kLongest ? "/tmp" : context.host.temp_directory;
}

/// The name of a server's socket in its folder.
inline std::string socket_file(const std::string& port) { return ".s.PGSQL." + port; }

}  // namespace holdfast::postgres
