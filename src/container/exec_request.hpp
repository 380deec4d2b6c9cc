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

/// A program to run in a container.
struct ExecRequest {
  std::vector<std::string> argv, environment;
  std::string directory;
  bool attach = true;  ///< to its standard streams
};

/// Makes the engine ready to start a program; returns the id under which it does. Throws the engine's refusal.
std::string create_exec(Engine& engine, const ExecPlace& place, const ExecRequest& request);

}  // namespace holdfast::container
