#pragma once

#include <chrono>
#include <stop_token>

#include "holdfast/context.hpp"

namespace holdfast {

/// Returns a random wait from 0 to `bound`, both included ("full jitter"), so that clients that failed together do not
/// retry together.
std::chrono::milliseconds jitter(std::chrono::milliseconds bound, Random& random);

/// Waits until `until`, or until `stop` is requested: the caller checks which.
void pause_until(std::chrono::steady_clock::time_point until, const std::stop_token& stop);

}  // namespace holdfast
