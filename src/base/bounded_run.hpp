#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/executor.hpp"

namespace holdfast {

struct RunBounds {
  std::chrono::milliseconds deadline{30'000};  ///< of the whole run
  std::size_t most_output = 64U << 10;         ///< bytes of standard output that are kept; the rest is dropped
};

struct BoundedRun {
  bool late = false;   ///< it was stopped at its deadline; then there is no status
  int status = 0;      ///< exit code, or 128 + signal
  bool cut = false;    ///< there was more output
  std::string output;  ///< as plain text
  std::string errors;  ///< the program's standard error, as plain text; if it is long, its beginning and end
};

/// Runs a program to its end, at the latest until its deadline, with `input` on its standard input; it need not read
/// that. Then, and on cancel, kills its process group. Throws Error if it can't be started, and Error{cancelled}.
BoundedRun run_bounded(const Command& command, const RunBounds& bounds, std::string_view input, const Context& context);

}  // namespace holdfast
