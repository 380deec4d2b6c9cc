#include "mask/mask_count.hpp"

namespace holdfast::masking {

void MaskCount::add(const TableName& name, const TablePlan& table, const RowMask& done) {
  Counts& counts = tables_[name];
  for (const TablePlan::Column& column : table.columns) counts.values[column.index] += done.values(column.index);
  counts.dropped += done.dropped();
  counts.chosen += done.chosen();
  counts.referred += done.referred();
}

std::uint64_t MaskCount::dropped() const {
  std::uint64_t rows = 0;
  for (const auto& [name, counts] : tables_) rows += counts.dropped;
  return rows;
}

std::uint64_t MaskCount::values(const TableName& name, std::size_t column) const {
  const auto table = tables_.find(name);
  if (table == tables_.end()) return 0;
  const auto values = table->second.values.find(column);
  return values == table->second.values.end() ? 0 : values->second;
}

MaskReport MaskCount::report(const MaskPlan& plan) const {
  MaskReport report;
  for (const auto& [name, table] : plan.tables) {
    for (const TablePlan::Column& column : table.columns) report.columns.push_back(described(name, column, values(name, column.index)));
    const auto found = tables_.find(name);
    if (found == tables_.end()) continue;
    const Counts& counts = found->second;
    const std::string display = name.first + "." + name.second;
    if (counts.dropped != 0) report.dropped.push_back({display, counts.dropped});
    if (table.rows.kind == RowRule::Kind::choose) report.kept.push_back({display, counts.chosen, counts.referred});
  }
  return report;
}

}  // namespace holdfast::masking
