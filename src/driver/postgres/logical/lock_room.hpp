#pragma once

#include "driver/postgres/client/connection.hpp"

namespace holdfast::postgres {

/// Returns whether the error of a server or program means that the server's lock table is full. A retry does not help.
bool lock_table_full(const Error& error);
/// Returns that error with the setting to change on the server.
Error with_lock_advice(const Error& error, const ConnInfo& info, const Context& context);

}  // namespace holdfast::postgres
