#pragma once

#include <string>

#include "holdfast/clock.hpp"

namespace holdfast {

/// Parses an RFC 3339 time with any offset from UTC. Throws Error{invalid_argument}.
TimePoint parse_offset_time(const std::string& text);

}  // namespace holdfast
