#pragma once

#include <optional>

#include "schedule/cron.hpp"
#include "schedule/zone.hpp"

namespace holdfast {

/// Returns the first moment after `after` at which the expression is due on the zone's clock.
std::optional<sys_seconds> next_in_zone(const Cron& cron, const Zone& zone, sys_seconds after);

}  // namespace holdfast
