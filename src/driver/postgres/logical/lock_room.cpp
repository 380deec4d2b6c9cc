#include "driver/postgres/logical/lock_room.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::postgres {

// The hint contains the setting's name in every language.
bool lock_table_full(const Error& error) { return error.message().find("max_locks_per_transaction") != std::string::npos; }

// The lock table has room for this many locks per possible session. Two sessions hold each of our locks: the leader and
// pg_dump. OIDs from 16384 on belong to users.
Error with_lock_advice(const Error& error, const ConnInfo& info, const Context& context) {
  Connection connection(info, context);
  const Rows row = connection.query(
      "SELECT pg_catalog.current_setting('max_locks_per_transaction'), pg_catalog.current_setting('max_connections')::pg_catalog.int8 + "
      "pg_catalog.current_setting('max_prepared_transactions')::pg_catalog.int8, (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class "
      "WHERE relkind IN ('r', 'p') AND oid >= 16384)");
  const std::uint64_t now = row.number(0, 0), sessions = std::max<std::uint64_t>(1, row.number(0, 1)), tables = row.number(0, 2);
  const std::uint64_t enough = std::max(2 * now, 2 * tables / sessions);
  return Error(ErrorCode::limit,
               fmt::format("{}. The server's table of locks has no room for {} tables: set max_locks_per_transaction = {} there (it is "
                           "{}) and restart it, or exclude tables",
                           error.message(), tables, enough, now));
}

}  // namespace holdfast::postgres
