#pragma once

#include <stop_token>
#include <string>

#include "container/exec_stream.hpp"

namespace holdfast::container {

/// Carries bytes both ways between a connected, non-blocking socket and a program in a container until one of them ends
/// or a stop is requested; then the program's input has ended. One side that does not read makes the other one wait.
/// Returns what the program has said on its standard error. Throws Error{network} if the engine's connection breaks.
std::string join_streams(int client, ExecStream& program, const std::stop_token& stop);

}  // namespace holdfast::container
