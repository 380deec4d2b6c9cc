#include "observe/unusual.hpp"

#include <algorithm>
#include <cmath>

namespace holdfast {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 != 0) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

std::optional<Unusual> judge_last(const std::vector<double>& values, const AlertRules& rules) {
  constexpr std::size_t kWindow = 30;
  constexpr double kScale = 1.4826;  // makes the MAD comparable to the standard deviation of normal values
  if (values.size() < 2 || values.size() - 1 < rules.minimum_history) return std::nullopt;
  const double last = values.back();
  const auto from = values.size() - 1 > kWindow ? values.end() - 1 - static_cast<std::ptrdiff_t>(kWindow) : values.begin();
  const std::vector<double> before(from, values.end() - 1);
  const double usual = median(before);
  std::vector<double> deviations;
  for (const double value : before) deviations.push_back(std::abs(value - usual));
  // The share keeps a series that hardly varies from alarms about trifles.
  const double limit = std::max(rules.deviations * kScale * median(std::move(deviations)), rules.share * usual);
  if (std::abs(last - usual) <= limit) return std::nullopt;
  return Unusual{.value = last, .median = usual};
}

}  // namespace holdfast
