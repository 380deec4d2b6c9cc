#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/bytes.hpp"
#include "mask/row_mask.hpp"

namespace holdfast::postgres {

/// Masks rows of COPY's text format, cut anywhere. Copies the fields without a rule as they are. Holds a row that was
/// cut in memory. One thread.
class MaskedRows {
 public:
  /// Borrows the plan.
  MaskedRows(const masking::MaskPlan& plan, const masking::TablePlan& table);

  /// Returns the whole rows that are known so far, masked; valid until the next call. Throws Error{corrupt} for a row
  /// with too few fields.
  ByteView mask(ByteView bytes);
  /// Throws Error{corrupt} if the rows end in the middle of one.
  void finish() const;
  const masking::RowMask& done() const noexcept { return mask_; }

 private:
  void mask_row(std::string_view row);
  std::string_view unescaped_text(std::string_view field, std::string& into);
  void append_escaped(std::string_view value);

  masking::RowMask mask_;
  std::vector<std::string_view> raw_;   // the wanted fields, as they are in the row
  std::vector<masking::Field> fields_;  // the same, without escapes
  std::vector<std::string> plain_;      // of those that have escapes
  std::string value_, out_, partial_;
};

}  // namespace holdfast::postgres
