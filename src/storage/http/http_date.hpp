#pragma once

#include <optional>
#include <string_view>

#include "holdfast/clock.hpp"

namespace holdfast {

/// The time in a Date or Last-Modified field; null if there is none that can be read.
std::optional<TimePoint> parse_http_date(std::string_view text);

}  // namespace holdfast
