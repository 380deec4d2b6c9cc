#pragma once

#include <string>

#include "holdfast/target.hpp"

namespace holdfast::postgres {

/// One SQL script that stock psql restores, as `pg_dump` would have written it. Needs the pg_restore of
/// `bin_dir`; empty = one that is found.
void export_sql(const BackupView& backup, const Selection& selection, const std::string& bin_dir, Writer& out, Context& context);
/// One archive that stock pg_restore takes, as `pg_dump -Fc` would have written it. Needs no PostgreSQL program.
void export_archive(const BackupView& backup, const Selection& selection, Writer& out, Context& context);

}  // namespace holdfast::postgres
