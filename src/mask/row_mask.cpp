#include "mask/row_mask.hpp"

#include <re2/re2.h>

#include <algorithm>

#include "holdfast/error.hpp"

namespace holdfast::masking {

RowMask::RowMask(const MaskPlan& plan, const TablePlan& table) : rows_(table.rows.kind) {
  for (const TablePlan::Column& column : table.columns) {
    wanted_.push_back(column.index);
    if (column.subject) wanted_.push_back(*column.subject);
  }
  if (table.row_column) wanted_.push_back(*table.row_column);
  std::ranges::sort(wanted_);
  wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
  masks_.resize(wanted_.size());
  for (const TablePlan::Column& column : table.columns) {
    OfField& field = masks_[position_of(column.index)];
    field.mask = make_value_mask(column.rule, column.about, plan.key, plan.utf8);
    if (column.subject) field.subject = position_of(*column.subject);
  }
  if (!table.row_column) return;
  row_position_ = position_of(*table.row_column);
  RE2::Options options(RE2::Quiet);
  if (!plan.utf8) options.set_encoding(RE2::Options::EncodingLatin1);
  row_pattern_ = std::make_unique<RE2>(table.rows.pattern, options);
  if (!row_pattern_->ok()) {
    throw Error(ErrorCode::unsupported, "drop_where: the pattern can't be used in the backup's encoding: " + row_pattern_->error());
  }
}

RowMask::~RowMask() = default;

std::size_t RowMask::position_of(std::size_t column) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(wanted_, column) - wanted_.begin());
}

bool RowMask::drops(std::span<const Field> fields) {
  const auto matches = [&] {
    const Field& field = fields[row_position_];
    return !field.null && RE2::PartialMatch(re2::StringPiece(field.text.data(), field.text.size()), *row_pattern_);
  };
  const bool dropped = rows_ == RowRule::Kind::drop || (rows_ == RowRule::Kind::drop_where && matches());
  dropped_ += dropped ? 1 : 0;
  return dropped;
}

bool RowMask::apply(std::size_t position, std::span<const Field> fields, std::string& out) {
  OfField& field = masks_[position];
  if (fields[position].null) return false;
  ++field.values;
  return field.mask->apply(fields[position].text, field.subject == kNone ? std::string_view() : fields[field.subject].text, out);
}

}  // namespace holdfast::masking
