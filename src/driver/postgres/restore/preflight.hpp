#pragma once

#include <string>
#include <vector>

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/restore/restore_plan.hpp"

namespace holdfast::postgres {

/// Returns whether an extension is installed on the server's machine.
bool is_available(Connection& connection, const std::string& extension);
/// Returns whether the database exists. Throws other errors of the connection attempt.
bool database_exists(const ConnInfo& info, const Context& context);
/// Connects to the same server without the target database, to create or drop it.
Connection maintenance_connection(const ConnInfo& info, const Context& context);
/// Creates an empty database with the encoding and locale of the backup's.
void create_database(const ConnInfo& info, const Catalog& catalog, const Context& context);
/// Whether sessions in a database keep it from being dropped (before version 13 they always do).
enum class IfInUse { end_sessions, fail };
/// Drops the database, if it exists. Limited in time, independent of any stop request. Throws Error.
void drop_database(const ConnInfo& info, IfInUse if_in_use = IfInUse::end_sessions);
/// Cleans up after a failure or a cancel. Limited in time, independent of the caller's context, never throws.
void drop_database_quietly(const ConnInfo& info, const Context& context) noexcept;

/// Returns the tablespaces that the plan's objects use and the server lacks.
std::vector<std::string> missing_tablespaces(Connection& connection, const RestorePlan& plan);

/// Throws Error if the plan cannot be restored there: existing objects, unless the restore is resumed; with `strict`
/// also missing extensions. Returns warnings. `connection` is to the target database, or to the server if that does not
/// exist yet.
std::vector<std::string> check_target(Connection& connection, bool exists, const RestorePlan& plan, bool strict, bool resume);

/// Returns a warning if an existing database sorts text in another way than the backup's did, else "".
std::string locale_warning(Connection& connection, const Catalog& recorded);

}  // namespace holdfast::postgres
