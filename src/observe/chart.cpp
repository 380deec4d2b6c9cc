#include "observe/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "observe/markup.hpp"

namespace holdfast {

namespace {

// The picture, in its own units: about the pixels of a telephone.
constexpr int kWidth = 340, kHeight = 130, kLeft = 8, kRight = 332, kTop = 22, kBottom = 104;

/// Puts times and values into the picture.
class Scale {
 public:
  Scale(TimePoint from, TimePoint to, double highest) : from_(from), span_((to - from).count()), highest_(highest > 0 ? highest : 1) {}

  int x(TimePoint time) const {
    if (span_ <= 0) return (kLeft + kRight) / 2;
    return kLeft + static_cast<int>(static_cast<double>((time - from_).count()) / static_cast<double>(span_) * (kRight - kLeft));
  }
  double y(double value) const { return kBottom - value / highest_ * (kBottom - kTop); }

 private:
  TimePoint from_;
  std::int64_t span_;
  double highest_;
};

std::string day_of(TimePoint time) { return format_time(time).substr(0, 10); }

std::string figure(const std::string& title, const std::string& newest, const std::string& label, const std::string& drawing,
                   TimePoint from, TimePoint to) {
  return fmt::format(
      "<figure><figcaption>{} <strong>{}</strong></figcaption><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">"
      "<line class=\"axis\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>{}"
      "<text x=\"{}\" y=\"{}\">{}</text><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text></svg></figure>\n",
      escape_html(title), escape_html(newest), kWidth, kHeight, escape_html(label), kLeft, kBottom, kRight, kBottom, drawing, kLeft,
      kHeight - 6, day_of(from), kRight, kHeight - 6, day_of(to));
}

}  // namespace

std::string line_chart(const std::string& title, const std::vector<ChartPoint>& points, const std::function<std::string(double)>& shown) {
  if (points.empty()) return {};
  const auto [lowest, highest] = std::ranges::minmax(points, {}, &ChartPoint::value);
  const Scale scale(points.front().time, points.back().time, highest.value);
  std::map<int, double> columns;
  for (const ChartPoint& point : points) {
    double& value = columns.try_emplace(scale.x(point.time), point.value).first->second;
    value = std::max(value, point.value);
  }
  std::string line;
  for (const auto& [x, value] : columns) line += fmt::format("{}{},{:.1f}", line.empty() ? "" : " ", x, scale.y(value));
  std::string drawing = fmt::format("<polyline points=\"{}\"/><text class=\"top\" x=\"{}\" y=\"10\">{}</text>", line, kLeft,
                                    escape_html("highest " + shown(highest.value)));
  drawing += fmt::format("<circle cx=\"{}\" cy=\"{:.1f}\" r=\"3\"/>", scale.x(points.back().time), scale.y(points.back().value));
  const std::string newest = shown(points.back().value);
  const std::string label = fmt::format("{} of {} backups: newest {}, lowest {}, highest {}", title, points.size(), newest,
                                        shown(lowest.value), shown(highest.value));
  return figure(title, newest, label, drawing, points.front().time, points.back().time);
}

std::string proof_chart(const std::vector<BackupInfo>& backups) {
  if (backups.empty()) return {};
  constexpr std::array kLevels{ProofLevel::stored, ProofLevel::checksummed, ProofLevel::restored, ProofLevel::content_equal};
  const Scale scale(backups.front().time, backups.back().time, kLevels.size());
  std::array<std::uint64_t, kLevels.size()> counts{};
  std::map<int, ProofLevel> columns;
  for (const BackupInfo& backup : backups) {
    ++counts[static_cast<std::size_t>(backup.level)];
    ProofLevel& level = columns.try_emplace(scale.x(backup.time), backup.level).first->second;
    level = std::max(level, backup.level);
  }
  std::string drawing, label = "Proofs";
  for (const ProofLevel level : kLevels) {
    const std::uint64_t count = counts[static_cast<std::size_t>(level)];
    drawing += fmt::format("<text class=\"top\" x=\"{}\" y=\"{:.1f}\">{}</text>", kLeft, scale.y(static_cast<double>(level)) - 9,
                           to_string(level));
    label += fmt::format("{} {} {}", level == ProofLevel::stored ? ":" : ",", count, to_string(level));
  }
  for (const auto& [x, level] : columns) {
    const double y = scale.y(static_cast<double>(level));
    drawing +=
        fmt::format("<line class=\"level-{0}\" x1=\"{1}\" y1=\"{2:.1f}\" x2=\"{1}\" y2=\"{3:.1f}\"/>", to_string(level), x, y, y - 7);
  }
  return figure("Proofs", to_string(backups.back().level), label, drawing, backups.front().time, backups.back().time);
}

}  // namespace holdfast
