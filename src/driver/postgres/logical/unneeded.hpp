#pragma once

#include <string>
#include <vector>

#include "driver/postgres/logical/catalog.hpp"

namespace holdfast::postgres {

/// Returns pg_dump's options that leave out, and so do not lock, the tables that a backup of only `chosen` has no use
/// for, with their views and sequences. Keeps the definition of each table that a restore of the chosen ones needs or
/// names: with `only_named`, the chosen tables are all that the backup is for; else it is for everything but the other
/// tables, and a restore also names views and functions that need one of these.
std::vector<std::string> leave_out_unneeded(Connection& connection, const std::vector<TableName>& chosen, bool only_named);

}  // namespace holdfast::postgres
