#pragma once

#include <string>

#include "driver/postgres/client/connection.hpp"

namespace holdfast::postgres {

/// Statements that load rows of a backup into large objects through a temporary table.
struct LargeObjectLoad {
  std::string table;  ///< CREATE TEMPORARY TABLE …
  std::string copy;   ///< COPY … FROM STDIN
  std::string apply;  ///< a query whose rows are statements, each run in its own transaction
  std::string drop;
  std::string adjust = {};  ///< SQL that changes the loaded rows before `apply`; may be empty
};

/// Creates the objects. Setting an object's owner and privileges locks it, so each transaction handles some hundreds:
/// an ordinary server has no room for tens of thousands of locks.
LargeObjectLoad load_names(bool with_owner);
/// Writes the objects' contents.
LargeObjectLoad load_contents();

/// Runs `apply` on the rows in the temporary table, and drops it.
void apply_load(Connection& connection, const LargeObjectLoad& load);

/// The same for psql: its input before and after the rows.
std::string psql_before(const LargeObjectLoad& load);
std::string psql_after(const LargeObjectLoad& load);

}  // namespace holdfast::postgres
