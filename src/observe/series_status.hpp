#pragma once

#include <vector>

#include "holdfast/status.hpp"

namespace holdfast {

/// Returns the state of each series that has a backup or an attempt, by name.
std::vector<SeriesStatus> series_statuses(const Facts& facts);

/// The same judgement on statuses that were made already; see find_alerts.
std::vector<Alert> alerts_of(const Facts& facts, const std::vector<SeriesStatus>& series, const AlertRules& rules);

/// Returns how long a backup took.
double seconds_of(const BackupInfo& backup);

}  // namespace holdfast
