#pragma once

#include <chrono>
#include <string>

#include "holdfast/clock.hpp"

namespace holdfast {

/// Periods of a calendar; a rule keeps one backup of each.
enum class Period { hour, day, week, month, year };

/// Returns the period of `time`, by local time at a fixed offset: "2026-11-20T18", "2026-11-20", "2026-W47", "2026-11",
/// "2026". Two times are in the same period exactly if the texts are equal.
std::string period_of(Period period, TimePoint time, std::chrono::minutes utc_offset);

}  // namespace holdfast
