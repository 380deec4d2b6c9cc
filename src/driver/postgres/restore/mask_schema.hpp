#pragma once

#include "driver/postgres/restore/restore_plan.hpp"
#include "mask/plan.hpp"

namespace holdfast::postgres {

/// Returns the tables, columns, types, keys and references of a backup, for rules of masking. Reads them from the
/// definitions that pg_dump wrote: a backup of any version has them. A type that is not certain is MaskType::other, a
/// key that is not certain is opaque.
masking::MaskSchema mask_schema(const RestorePlan& plan);

/// Compares rules with a backup.
MaskCheck check_mask(const BackupView& backup, const MaskOptions& options);

/// Returns what rules do to a plan's rows. Takes the large objects out of the plan if the rules say so: they have no
/// columns, and come as they are or not at all. Throws Error{invalid_argument} for rules that do not fit.
masking::MaskPlan plan_mask(const MaskOptions& options, bool strict, RestorePlan& plan);

}  // namespace holdfast::postgres
