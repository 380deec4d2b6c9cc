#pragma once

#include <functional>
#include <string>
#include <vector>

#include "holdfast/clock.hpp"
#include "holdfast/manifest.hpp"

namespace holdfast {

struct ChartPoint {
  TimePoint time{};
  double value = 0;
};

/// Returns an HTML figure: a line through the points, oldest first, from 0 up to their largest value. `shown` formats a
/// value. Where several points share a column of the picture, the largest is drawn.
std::string line_chart(const std::string& title, const std::vector<ChartPoint>& points, const std::function<std::string(double)>& shown);

/// The same with a mark for each backup at the level of its proof.
std::string proof_chart(const std::vector<BackupInfo>& backups);

}  // namespace holdfast
