#pragma once

#include <optional>
#include <vector>

#include "holdfast/alerts.hpp"

namespace holdfast {

/// Returns the middle value; 0 for none.
double median(std::vector<double> values);

/// A value that differs from those before it.
struct Unusual {
  double value = 0;
  double median = 0;  ///< of those before it
};
/// Judges the last value by up to 30 before it: robustly, so that a few outliers among them hide nothing. Returns none
/// if it is usual, or if there are fewer values than the rules ask for.
std::optional<Unusual> judge_last(const std::vector<double>& values, const AlertRules& rules);

}  // namespace holdfast
