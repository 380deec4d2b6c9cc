#pragma once

#include <string>

#include "holdfast/driver.hpp"

namespace holdfast::postgres {

/// Writes one SQL script that standard psql restores, as `pg_dump` would have written it. Needs pg_restore in
/// `bin_dir`; empty = searches for it.
void export_sql(const BackupView& backup, const ExportOptions& options, const std::string& bin_dir, Writer& out, Context& context);
/// Writes one archive that standard pg_restore restores, as `pg_dump -Fc` would have written it. Needs no PostgreSQL
/// program.
void export_archive(const BackupView& backup, const ExportOptions& options, Writer& out, Context& context);

}  // namespace holdfast::postgres
