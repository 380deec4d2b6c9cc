#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "driver/postgres/logical/catalog.hpp"

namespace holdfast::postgres {

/// The leader's transaction: the chosen tables locked against change and one snapshot that workers share. Lives as long as the
/// connection's transaction.
struct LockedSnapshot {
  std::string id;                   ///< for SET TRANSACTION SNAPSHOT
  std::vector<TableName> chosen;    ///< locked, to be copied
  std::vector<TableName> left_out;  ///< not chosen
};

/// Lists, locks, then exports. The order matters: a TRUNCATE or rewriting ALTER that commits after a snapshot but before the lock would
/// make the table look empty in it. If the list changed meanwhile it starts over. A lock that does not come by the deadline is
/// Error{conflict} that names the table and who holds it; a table we may not read is Error{permission_denied}.
LockedSnapshot lock_and_export(Connection& leader, const ConnInfo& info, const TableFilter& filter,
                               std::chrono::steady_clock::time_point deadline, Context& context);

/// Who waits for the leader's locks, and on which table: "process 42 (…) waits for table …". Empty if nobody does.
std::string describe_waiters(Connection& leader);

/// Puts a worker's connection into the snapshot.
void join_snapshot(Connection& worker, const std::string& snapshot);

}  // namespace holdfast::postgres
