#include "mask/row_mask.hpp"

#include <algorithm>
#include <cassert>

namespace holdfast::masking {

RowMask::RowMask(const MaskPlan& plan, const TablePlan& table) : rows_(table.rows.kind), choice_(table.choice.get()) {
  assert((choice_ != nullptr) == (rows_ == RowRule::Kind::choose));
  for (const TablePlan::Column& column : table.columns) {
    wanted_.push_back(column.index);
    if (column.subject) wanted_.push_back(*column.subject);
  }
  if (table.row_column) wanted_.push_back(*table.row_column);
  if (choice_ != nullptr) choice_->append_to(wanted_);
  std::ranges::sort(wanted_);
  wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
  masks_.resize(wanted_.size());
  for (const TablePlan::Column& column : table.columns) {
    OfField& field = masks_[position_of(column.index)];
    if (column.rule.kind == RuleKind::shuffle) {
      field.shuffled = shuffles_.size();
      shuffles_.push_back(&column.rule);
    } else {
      field.mask = make_value_mask(column.rule, column.about, plan.key, plan.utf8);
    }
    if (column.subject) field.subject = position_of(*column.subject);
  }
  if (table.row_column) {
    row_position_ = position_of(*table.row_column);
    row_pattern_.emplace(table.rows.pattern, plan.utf8);
  }
}

std::size_t RowMask::position_of(std::size_t column) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(wanted_, column) - wanted_.begin());
}

bool RowMask::drops(std::span<const Field> fields) {
  const bool dropped = !keeps(fields);
  dropped_ += dropped ? 1 : 0;
  return dropped;
}

bool RowMask::keeps(std::span<const Field> fields) {
  switch (rows_) {
    case RowRule::Kind::keep: return true;
    case RowRule::Kind::drop: return false;
    case RowRule::Kind::drop_where: return !row_pattern_->matches(fields[row_position_]);
    case RowRule::Kind::choose: break;
  }
  const RowChoice::Why why = choice_->judge(fields, wanted_);
  chosen_ += why == RowChoice::Why::chosen ? 1 : 0;
  referred_ += why == RowChoice::Why::referred ? 1 : 0;
  return why != RowChoice::Why::not_kept;
}

void RowMask::apply(std::span<const std::span<const Field>> rows) {
  for (std::size_t position = 0; position < masks_.size(); ++position) {
    OfField& field = masks_[position];
    if (!field.mask) continue;
    raw_.clear();
    for (const std::span<const Field> fields : rows) {
      if (fields[position].null) continue;
      raw_.push_back({fields[position].text, field.subject == kNone ? std::string_view() : fields[field.subject].text});
    }
    field.values += raw_.size();
    field.masked.clear();
    field.mask->apply_all(raw_, field.masked);
  }
}

}  // namespace holdfast::masking
