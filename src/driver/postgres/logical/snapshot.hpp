#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "driver/postgres/logical/catalog.hpp"

namespace holdfast::postgres {

/// The leader's transaction: the chosen tables are locked against changes, and workers share its snapshot. Valid until
/// the connection's transaction ends.
struct LockedSnapshot {
  std::string id;                   ///< for SET TRANSACTION SNAPSHOT
  std::vector<TableName> chosen;    ///< locked, to be copied
  std::vector<TableName> left_out;  ///< not chosen
};

/// Lists the tables, locks them, then exports the snapshot. The order matters: a TRUNCATE or rewriting ALTER that
/// commits after the snapshot but before the lock would make the table appear empty. Starts again if the list changed
/// meanwhile. Throws Error{conflict} that names the table and the holder if a lock is not granted by the deadline,
/// Error{permission_denied} for a table that our role may not read.
LockedSnapshot lock_and_export(Connection& leader, const ConnInfo& info, const TableFilter& filter,
                               std::chrono::steady_clock::time_point deadline, Context& context);

/// Describes the sessions that wait for the leader's locks, and the tables: "process 42 (…) waits for table …". Returns
/// "" if there is none.
std::string describe_waiters(Connection& leader);

/// Sets the snapshot of a worker's connection.
void join_snapshot(Connection& worker, const std::string& snapshot);

}  // namespace holdfast::postgres
