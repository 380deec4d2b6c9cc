#pragma once

#include <string>

#include "driver/postgres/logical/streams.hpp"

namespace holdfast::postgres {

/// Commands for RESTORE.txt: each reads one entry's plain bytes from standard input and needs only PostgreSQL's own
/// programs. "$TARGET" is the target's URI, "$WORK" an empty folder.
inline constexpr int kGlobalsStep = 10, kSchemaStep = 20, kRowsStep = 30, kFinishStep = 40;

std::string globals_restore_step();
std::string schema_restore_step(const Catalog& catalog);
std::string copy_restore_step(const Stream& stream, const Catalog& catalog);
std::string finish_restore_step(const Catalog& catalog);

/// Returns the statements after the rows that are not DDL of pg_dump: sequence values.
std::string finish_sql(const Catalog& catalog);
/// Each returns one statement.
std::string set_sequence_sql(const Sequence& sequence);
std::string refresh_sql(const MaterializedView& view);

}  // namespace holdfast::postgres
