#pragma once

#include <string>
#include <vector>

#include "container/engine.hpp"

namespace holdfast::container {

/// A running container, as the place of programs.
struct ExecPlace {
  std::string socket;  ///< of the engine's API
  std::string container;
  std::string user = {};  ///< whom programs run as there; empty = the container's own
};

/// Returns whether a text may be the name of a container, or of a user in one.
bool is_container_name(const std::string& text);

/// Reads "docker:NAME", "podman:NAME", or "docker:USER@NAME" for a user of the container's system. `engine_socket` is
/// that of the engine's API; empty = the usual one. Throws Error{invalid_argument}.
ExecPlace parse_exec_place(const std::string& text, const std::string& engine_socket);

/// A program to run in a container.
struct ExecRequest {
  std::vector<std::string> argv, environment;
  std::string directory;
  bool attach = true;  ///< to its standard streams
};

/// Makes the engine ready to start a program; returns the id under which it does. Throws the engine's refusal.
std::string create_exec(Engine& engine, const ExecPlace& place, const ExecRequest& request);

}  // namespace holdfast::container
