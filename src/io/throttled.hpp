#pragma once

#include <memory>

#include "base/rate_limiter.hpp"
#include "holdfast/io.hpp"

namespace holdfast {

/// Streams that share the rate of `limiter`, which must not be null. Each call may throw Error{cancelled}.
std::unique_ptr<Writer> throttled_writer(std::unique_ptr<Writer> next, std::shared_ptr<RateLimiter> limiter);
std::unique_ptr<Reader> throttled_reader(std::unique_ptr<Reader> from, std::shared_ptr<RateLimiter> limiter);

}  // namespace holdfast
