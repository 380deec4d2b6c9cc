#pragma once

#include <set>
#include <string>
#include <utility>

#include "holdfast/manifest.hpp"

namespace holdfast {

/// The series of a backup, for comparison: its name, or else the identities of its sources.
using SeriesKey = std::pair<std::string, std::set<std::string>>;
SeriesKey series_key(const BackupInfo& backup);

}  // namespace holdfast
