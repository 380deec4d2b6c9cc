#pragma once

#include <string>
#include <vector>

#include "driver/postgres/client/conninfo.hpp"
#include "driver/postgres/proof/masked_content.hpp"
#include "driver/postgres/restore/restore_plan.hpp"
#include "driver/postgres/restore/role_map.hpp"
#include "holdfast/target.hpp"
#include "holdfast/verify.hpp"

namespace holdfast::postgres {

/// Restores the backup into a scratch database and compares it with the facts recorded during the backup: every table's
/// rows, sequences, large objects and definitions. Always removes the database afterwards, and the server if it is our
/// own. `given` is where options.restored or options.target is, reached; null if there is neither. Uses the programs in
/// `bin_dir`; empty = finds them by version. `roles` are the names of roles in options.restored; throws
/// Error{invalid_argument} if there are some without it.
ProofReport prove(const BackupView& backup, const VerifyOptions& options, const ConnInfo* given, const std::string& bin_dir,
                  const RoleMap& roles, Context& context);

/// Adds the differences between a restored database and the backup's record to `report`, and counts its tables and
/// rows. `with_owner`: owners, grants and comments of large objects too. `masked` is what a masked database should
/// have; null: all that was backed up.
void compare_content(const BackupView& backup, const ConnInfo& restored, const RestorePlan& plan, bool with_owner,
                     const MaskedContent* masked, ProofReport& report, Context& context);

}  // namespace holdfast::postgres
