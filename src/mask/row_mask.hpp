#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mask/plan.hpp"
#include "mask/value_mask.hpp"

namespace re2 {
class RE2;
}

namespace holdfast::masking {

/// One field of a row.
struct Field {
  std::string_view text;  ///< empty for a null
  bool null = false;
};

/// Masks the rows of one table, of which it reads a few fields. One thread.
class RowMask {
 public:
  /// Borrows the plan.
  RowMask(const MaskPlan& plan, const TablePlan& table);
  ~RowMask();

  /// Returns the columns that it reads, in ascending order. `fields` below are theirs.
  std::span<const std::size_t> wanted() const noexcept { return wanted_; }
  bool masks(std::size_t position) const noexcept { return masks_[position].mask != nullptr; }
  /// Returns whether the row is left out, and counts it.
  bool drops(std::span<const Field> fields);
  /// Appends the masked value of a field that it masks. Returns false for a null.
  bool apply(std::size_t position, std::span<const Field> fields, std::string& out);

  /// Return what was done: the number of masked values of a column that it reads, and of rows left out.
  std::uint64_t values(std::size_t column) const { return masks_[position_of(column)].values; }
  std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  struct OfField {
    std::unique_ptr<ValueMask> mask;  // null: the field is only read
    std::size_t subject = kNone;      // position of the rule's other column
    std::uint64_t values = 0;
  };
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t position_of(std::size_t column) const;

  RowRule::Kind rows_;
  std::vector<std::size_t> wanted_;
  std::vector<OfField> masks_;  // parallel to wanted_
  std::size_t row_position_ = kNone;
  std::unique_ptr<re2::RE2> row_pattern_;
  std::uint64_t dropped_ = 0;
};

}  // namespace holdfast::masking
