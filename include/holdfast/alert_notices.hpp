#pragma once

#include <string>
#include <string_view>
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

/// One JSON object on one line: `notices` as to_json(Notice) writes them, and `told`, an array of texts.
std::string to_json(const AlertChanges& changes);
/// Reads `told` of such an object: a JSON array of texts. Throws Error{invalid_argument}.
std::vector<std::string> parse_told_alerts(std::string_view json);

}  // namespace holdfast
