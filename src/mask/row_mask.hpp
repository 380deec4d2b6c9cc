#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mask/plan.hpp"
#include "mask/row_pattern.hpp"
#include "mask/value_mask.hpp"

namespace holdfast::masking {

/// Masks the rows of one table, of which it reads a few fields; some rows at a time, because that costs less. One
/// thread.
class RowMask {
 public:
  /// Borrows the plan.
  RowMask(const MaskPlan& plan, const TablePlan& table);

  /// Returns the columns that it reads, in ascending order. `fields` below are theirs.
  std::span<const std::size_t> wanted() const noexcept { return wanted_; }
  bool masks(std::size_t position) const noexcept { return masks_[position].mask != nullptr; }
  /// Returns which of shuffles() a field belongs to; kNone for others. The caller exchanges its values.
  std::size_t shuffled(std::size_t position) const noexcept { return masks_[position].shuffled; }
  std::span<const Rule* const> shuffles() const noexcept { return shuffles_; }
  void count_value(std::size_t position) noexcept { ++masks_[position].values; }
  static constexpr std::size_t kNone = ~std::size_t{0};
  /// Returns whether the row is left out, and counts it.
  bool drops(std::span<const Field> fields);
  /// Masks rows that are not left out.
  void apply(std::span<const std::span<const Field>> rows);
  /// Returns the masked value of a field of these rows, from the first one on; none for a null. Call it once for each
  /// row in which the field is not null. Valid until the next apply().
  std::optional<std::string_view> take(std::size_t position) { return masks_[position].masked.take(); }
  /// Returns all masked values of a field of these rows, one after the other. Valid until the next apply().
  std::string_view masked(std::size_t position) const noexcept { return masks_[position].masked.all(); }

  /// Return what was done: the number of masked values of a column that it reads, and of rows left out.
  std::uint64_t values(std::size_t column) const { return masks_[position_of(column)].values; }
  std::uint64_t dropped() const noexcept { return dropped_; }
  std::uint64_t chosen() const noexcept { return chosen_; }
  std::uint64_t referred() const noexcept { return referred_; }

 private:
  struct OfField {
    std::unique_ptr<ValueMask> mask;  // null: the field is only read, or shuffled
    MaskedValues masked;
    std::size_t shuffled = kNone;
    std::size_t subject = kNone;  // position of the rule's other column
    std::uint64_t values = 0;
  };
  std::size_t position_of(std::size_t column) const;
  bool keeps(std::span<const Field> fields);

  RowRule::Kind rows_;
  std::vector<std::size_t> wanted_;
  std::vector<OfField> masks_;  // parallel to wanted_
  std::vector<RawValue> raw_;   // of one field
  std::size_t row_position_ = kNone;
  std::optional<RowPattern> row_pattern_;
  const RowChoice* choice_;
  std::vector<const Rule*> shuffles_;
  std::uint64_t dropped_ = 0, chosen_ = 0, referred_ = 0;
};

}  // namespace holdfast::masking
