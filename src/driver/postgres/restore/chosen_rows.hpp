#pragma once

#include "driver/postgres/restore/restore_plan.hpp"
#include "mask/plan.hpp"

namespace holdfast::postgres {

/// Chooses the rows of tables of which a mask keeps some, and those that these refer to, if there are such tables.
/// Reads from the backup all tables that take part, up to as many entries at a time as the context has jobs.
void choose_rows(const BackupView& backup, const RestorePlan& plan, masking::MaskPlan& mask, Context& context);

/// Returns the tables of which a mask keeps some rows, a partitioned one as one table.
std::vector<SubsetTable> subset_tables(const RestorePlan& plan, const masking::MaskSchema& schema, const masking::MaskPlan& mask);

}  // namespace holdfast::postgres
