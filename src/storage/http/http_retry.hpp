#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <vector>

#include "base/retry.hpp"
#include "holdfast/context.hpp"
#include "storage/http/http.hpp"

namespace holdfast {

/// External dependencies of a storage, besides its options. Borrowed.
struct HttpWorld {
  const Clock* clock = &system_clock();
  Random* random = &system_random();
  std::stop_token stop = {};  ///< ends waits
  std::vector<std::filesystem::path> program_path = {};
  Executor* executor = &local_executor();  ///< runs programs that issue credentials
};

/// Returns whether a request that fails with this status may succeed a little later.
bool is_transient_status(int status) noexcept;
/// Returns the wait that the answer's Retry-After asks for, at most an hour; zero if there is none.
std::chrono::milliseconds retry_after(const HttpHead& head);

}  // namespace holdfast
