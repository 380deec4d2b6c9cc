#pragma once

#include <chrono>
#include <stop_token>

#include "holdfast/context.hpp"

namespace holdfast {

/// A wait drawn evenly from 0 to `bound`, both included ("full jitter"): clients that failed together do not come back together.
std::chrono::milliseconds jitter(std::chrono::milliseconds bound, Random& random);

/// Waits, or until `stop` is requested: the caller looks which.
void pause_until(std::chrono::steady_clock::time_point until, const std::stop_token& stop);

}  // namespace holdfast
