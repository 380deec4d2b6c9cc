#pragma once

#include <optional>
#include <string_view>

#include "holdfast/clock.hpp"

namespace holdfast {

/// Returns the time in a Date or Last-Modified field. Returns null if it can't be parsed.
std::optional<TimePoint> parse_http_date(std::string_view text);

}  // namespace holdfast
