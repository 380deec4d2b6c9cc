#pragma once

#include <string>
#include <vector>

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/restore/restore_plan.hpp"

namespace holdfast::postgres {

/// Whether the database is there. Throws what connecting throws otherwise.
bool database_exists(const ConnInfo& info, const Context& context);
/// A connection to the same server that does not need the target database: to create or drop it.
Connection maintenance_connection(const ConnInfo& info, const Context& context);
/// An empty database with the encoding and locale the backup's had.
void create_database(const ConnInfo& info, const Catalog& catalog, const Context& context);
/// For cleaning up after a failure or a cancel: bounded, on its own terms, and never throws.
void drop_database_quietly(const ConnInfo& info, const Context& context) noexcept;
/// Settings, comment and the like of the database itself. What the server refuses is returned.
std::vector<std::string> apply_database_setup(Connection& connection, const Catalog& catalog);

/// The tablespaces the plan's objects stand in and the server does not have.
std::vector<std::string> missing_tablespaces(Connection& connection, const RestorePlan& plan);

/// Throws Error when the plan can't be restored there: objects in the way, missing extensions, another encoding, roles that can't be
/// created. Returns what is worth a warning. `connection` is to the target database, or to the server if that is yet to be created.
std::vector<std::string> check_target(Connection& connection, bool exists, const RestorePlan& plan);

}  // namespace holdfast::postgres
