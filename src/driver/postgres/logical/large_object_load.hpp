#pragma once

#include <string>

#include "driver/postgres/client/connection.hpp"

namespace holdfast::postgres {

/// Statements that take rows of a backup through a temporary table back into large objects.
struct LargeObjectLoad {
  std::string table;  ///< CREATE TEMPORARY TABLE …
  std::string copy;   ///< COPY … FROM STDIN
  std::string apply;  ///< a query whose rows are statements, each to be run in a transaction of its own
  std::string drop;
};

/// Makes the objects. Who owns one, and who may do what with it, takes a lock on each: a transaction does it for some hundreds, since
/// an ordinary server has no room for the locks of ten thousands.
LargeObjectLoad load_names(bool with_owner);
/// Writes into them.
LargeObjectLoad load_contents();

/// Runs `apply` on the rows that the table has got, and drops it.
void apply_load(Connection& connection, const LargeObjectLoad& load);

/// The same for psql: what stands before the rows in its input, and behind them.
std::string psql_before(const LargeObjectLoad& load);
std::string psql_after(const LargeObjectLoad& load);

}  // namespace holdfast::postgres
