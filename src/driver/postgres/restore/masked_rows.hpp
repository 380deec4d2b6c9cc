#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "driver/postgres/restore/row_fields.hpp"
#include "holdfast/bytes.hpp"
#include "mask/block_shuffle.hpp"
#include "mask/row_mask.hpp"

namespace holdfast::postgres {

/// Masks rows of COPY's text format, cut anywhere. Copies the fields without a rule as they are. Holds a row that was
/// cut in memory; with the rule shuffle, two blocks of rows. One thread.
class MaskedRows {
 public:
  /// Borrows the plan.
  MaskedRows(const masking::MaskPlan& plan, const masking::TablePlan& table);

  /// Returns the whole rows that are known so far, masked; valid until the next call. Throws Error{corrupt} for a row
  /// with too few fields.
  ByteView mask(ByteView bytes);
  /// Returns the rest. Throws Error{corrupt} if the rows end in the middle of one.
  ByteView finish();
  const masking::RowMask& done() const noexcept { return mask_; }

 private:
  void mask_rows(std::span<const RowFields::Row> rows);
  void write(const RowFields::Row& row);
  void append(std::string_view text);
  void append_masked(std::size_t position, bool null);
  void append_escaped(std::string_view value);

  masking::RowMask mask_;
  RowFields rows_;
  std::optional<masking::BlockShuffle> shuffle_;
  std::vector<const RowFields::Row*> kept_;  // of some rows, those that are not left out
  std::vector<std::span<const masking::Field>> kept_fields_;
  std::vector<bool> escaped_;  // whether masked values of a field have characters that COPY escapes
  std::string out_;
};

}  // namespace holdfast::postgres
