#pragma once

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/restore/restore_plan.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/verify.hpp"

namespace holdfast::postgres {

/// Compares the large objects that are expected of the backup, all or none, with those of the restored database,
/// `actual`, whose sums were read. Only if they differ, reads both again, object by object, to name some that do.
void compare_large_objects(const BackupView& backup, const RestorePlan& plan, const LargeObjectStream& expected, Connection& restored,
                           Catalog& actual, bool with_owner, ProofReport& report, Context& context);

}  // namespace holdfast::postgres
