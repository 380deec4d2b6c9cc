#pragma once

#include <string>

#include "driver/postgres/logical/streams.hpp"

namespace holdfast::postgres {

/// Commands for RESTORE.txt: each takes one entry's plain bytes on standard input and needs PostgreSQL's own programs only. "$TARGET" is
/// the target's URI, "$WORK" an empty folder.
inline constexpr int kGlobalsStep = 10, kSchemaStep = 20, kRowsStep = 30, kFinishStep = 40;

std::string globals_restore_step();
std::string schema_restore_step(const Catalog& catalog);
std::string copy_restore_step(const Stream& stream, const Catalog& catalog);
std::string finish_restore_step(const Catalog& catalog);

/// What follows the rows and is not DDL of pg_dump: sequence values.
std::string finish_sql(const Catalog& catalog);
/// One statement each.
std::string set_sequence_sql(const Sequence& sequence);
std::string refresh_sql(const MaterializedView& view);

}  // namespace holdfast::postgres
