#include "driver/postgres/logical/snapshot.hpp"

#include <algorithm>

#include "driver/postgres/client/names.hpp"

namespace holdfast::postgres {

namespace {

constexpr const char* kBegin = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

// Returns some names of the tables for which `wanting` is true; empty if there are none.
std::string names_of(const std::vector<TableName>& tables, bool (*wanting)(const TableName&)) {
  constexpr int kShown = 5;
  std::string names;
  int count = 0;
  for (const TableName& table : tables) {
    if (wanting(table) && ++count <= kShown) names += (count > 1 ? ", " : "") + qualified(table.schema, table.name);
  }
  return count > kShown ? names + " and " + std::to_string(count - kShown) + " more" : names;
}

void require_readable(const std::vector<TableName>& chosen) {
  if (const std::string names = names_of(chosen, [](const TableName& table) { return !table.readable; }); !names.empty()) {
    throw Error(ErrorCode::permission_denied,
                "no privilege to read " + names + ": grant SELECT (and USAGE on the schema), exclude it, or back up as another role");
  }
  if (const std::string names = names_of(chosen, [](const TableName& table) { return table.filtered; }); !names.empty()) {
    throw Error(ErrorCode::permission_denied,
                "row-level security policies hide rows of " + names + " from this role: back up as one with BYPASSRLS, or exclude it");
  }
}

using Deadline = std::chrono::steady_clock::time_point;

// Returns up to three waits for a lock: the table, and the session of `pid` ("l.pid" waits, "b.pid" blocks).
Rows lock_waits(Connection& connection, const std::string& pid, const std::string& condition) {
  return connection.query(
      "SELECT DISTINCT l.relation::pg_catalog.regclass::pg_catalog.text, " + pid +
      ", coalesce(a.usename, '?'), coalesce(a.application_name, ''), coalesce(a.state, ''), "
      "pg_catalog.left(pg_catalog.regexp_replace(coalesce(a.query, ''), '\\s+', ' ', 'g'), 60) FROM pg_catalog.pg_locks l "
      "CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(l.pid)) b(pid) "
      "LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = " +
      pid + " WHERE NOT l.granted AND " + condition + " ORDER BY 2 LIMIT 3");
}

std::string session_text(const Rows& rows, int row) {
  return "process " + rows.text(row, 1) + " (user " + rows.text(row, 2) + (rows.text(row, 3).empty() ? "" : ", " + rows.text(row, 3)) +
         ", " + rows.text(row, 4) + ": " + rows.text(row, 5) + ")";
}

// Describes the sessions that block `pid`, and the tables. Uses a connection of its own, because ours waits.
std::string describe_blockers(int pid, const ConnInfo& info, Context& context) {
  Connection side(info, context);
  const Rows rows = lock_waits(side, "b.pid", "l.pid = " + std::to_string(pid));
  std::string text;
  for (int row = 0; row < rows.size(); ++row) {
    text += (row == 0 ? "table " + rows.text(row, 0) + " is locked by " : ", and by ") + session_text(rows, row);
  }
  return text;
}

void wait_for_lock(Connection& leader, const std::string& sql, const ConnInfo& info, Deadline deadline, Context& context) {
  leader.start(sql);
  if (leader.finish(std::chrono::seconds(1))) return;
  context.log("waiting for a lock: " + describe_blockers(leader.backend_pid(), info, context));
  if (leader.finish(std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()))) return;
  const std::string blockers = describe_blockers(leader.backend_pid(), info, context);
  throw Error(ErrorCode::conflict, "can't lock the tables within " + std::to_string(context.limits.lock_timeout.count()) +
                                       " s: " + (blockers.empty() ? "something held a lock until now" : blockers) +
                                       ". End that, or try again later");
}

void lock_tables(Connection& leader, const std::vector<TableName>& tables, const ConnInfo& info, Deadline deadline, Context& context) {
  constexpr std::size_t kBatch = 200;
  for (std::size_t start = 0; start < tables.size(); start += kBatch) {
    std::string sql = "LOCK TABLE ";
    for (std::size_t at = start; at < std::min(tables.size(), start + kBatch); ++at) {
      sql += (at == start ? "ONLY " : ", ONLY ") + qualified(tables[at].schema, tables[at].name);
    }
    wait_for_lock(leader, sql + " IN ACCESS SHARE MODE", info, deadline, context);
  }
}

}  // namespace

LockedSnapshot lock_and_export(Connection& leader, const ConnInfo& info, const TableFilter& filter, Deadline deadline, Context& context) {
  constexpr int kAttempts = 10;
  for (int attempt = 1;; ++attempt) {
    const std::vector<TableName> before = list_tables(leader);
    LockedSnapshot result;
    std::vector<RelationName> names;
    for (const TableName& table : before) {
      names.emplace_back(table.schema, table.name);
      (filter.matches(names.back(), table.ancestors) ? result.chosen : result.left_out).push_back(table);
    }
    if (const auto missing = filter.unmatched(names); !missing.empty()) {
      throw Error(ErrorCode::not_found, "no table matches '" + missing.front() + "' in " + info.display());
    }
    require_readable(result.chosen);
    leader.query(kBegin);
    try {
      lock_tables(leader, result.chosen, info, deadline, context);
    } catch (const ServerError& error) {
      // A table was dropped or renamed between listing and locking: list again. Or a deadlock with a session that
      // changes several tables: it goes first.
      const bool deadlock = error.sqlstate() == "40P01" && std::chrono::steady_clock::now() < deadline;
      const bool gone = error.sqlstate() == "42P01" || error.sqlstate() == "3F000" || error.sqlstate() == "42809";
      if (!deadlock && (attempt >= kAttempts || !gone)) throw;
      leader.query("ROLLBACK");
      continue;
    }
    result.id = leader.value("SELECT pg_catalog.pg_export_snapshot()");
    // Detects tables that were created, dropped or replaced under the same name meanwhile: kinds and OIDs are compared,
    // too.
    if (list_tables(leader) == before) return result;
    leader.query("ROLLBACK");
    if (attempt >= kAttempts) {
      throw Error(ErrorCode::conflict,
                  "tables of " + info.display() + " are created or dropped faster than they can be locked: try again later", true);
    }
  }
}

std::string describe_waiters(Connection& leader) {
  const Rows rows = lock_waits(leader, "l.pid", "b.pid = pg_catalog.pg_backend_pid()");
  std::string text;
  for (int row = 0; row < rows.size(); ++row) {
    text += (row == 0 ? "" : ", ") + session_text(rows, row) + " waits for table " + rows.text(row, 0);
  }
  return text;
}

void join_snapshot(Connection& worker, const std::string& snapshot) {
  worker.query(std::string(kBegin) + "; SET TRANSACTION SNAPSHOT " + quote_literal(snapshot));
}

}  // namespace holdfast::postgres
