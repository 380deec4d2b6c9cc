#pragma once

#include <string>
#include <vector>

#include "driver/postgres/client/conninfo.hpp"
#include "driver/postgres/restore/restore_plan.hpp"
#include "holdfast/target.hpp"
#include "holdfast/verify.hpp"

namespace holdfast::postgres {

/// Restores the backup into a throw-away database and compares it with what was recorded while it was read: every table's rows, sequences,
/// large objects and definitions. The database, and the server if it is our own, are gone afterwards whatever happens.
/// Programs are those of `bin_dir`; empty = they are found by version.
ProofReport prove(const BackupView& backup, const VerifyOptions& options, const std::string& bin_dir, Context& context);

/// What differs between a restored database and the backup's record of it; also counts tables and rows into `report`.
void compare_content(const ConnInfo& restored, const RestorePlan& plan, bool with_owner, ProofReport& report, Context& context);

}  // namespace holdfast::postgres
