#pragma once

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/logical/catalog.hpp"
#include "driver/postgres/restore/restore_plan.hpp"
#include "holdfast/verify.hpp"
#include "mask/mask_count.hpp"
#include "mask/plan.hpp"

namespace holdfast::postgres {

/// What a masked database should have, according to the backup: all rows that a mask keeps, with all columns that it
/// does not touch. The values of the others are only counted.
class MaskedContent {
 public:
  /// Reads the masked tables' rows from the backup. Borrows the mask, whose rows have been chosen.
  MaskedContent(const BackupView& backup, const RestorePlan& plan, const masking::MaskPlan& mask, Context& context);

  /// Returns the backup's catalogue with the sums of rows in which masked columns are null.
  const Catalog& expected() const noexcept { return expected_; }
  /// Makes a restored database's streams read masked columns as null.
  void hide_masked(Catalog& restored) const;
  /// Compares the number of values in masked columns.
  void compare_counts(Connection& restored, ProofReport& report) const;
  MaskReport report() const { return counts_.report(mask_); }

 private:
  const masking::MaskPlan& mask_;
  Catalog expected_;
  masking::MaskCount counts_;
};

}  // namespace holdfast::postgres
