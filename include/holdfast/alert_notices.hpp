#pragma once

#include <string>
#include <vector>

#include "holdfast/alerts.hpp"
#include "holdfast/notice.hpp"

namespace holdfast {

/// What people should be told about alerts: only what changed.
struct AlertChanges {
  std::vector<Notice> notices;    ///< of alerts that are new, and of those that have ended
  std::vector<std::string> told;  ///< to keep until the next call
};

/// Compares the alerts with those that were told before: `told` of the last call, empty at first. An alert that became
/// more or less severe is told again; one of severity info is for pages only. Reads no clock: `now` is the time of the
/// notices about the end of alerts.
AlertChanges alert_notices(const std::vector<Alert>& alerts, const std::vector<std::string>& told, TimePoint now);

}  // namespace holdfast
