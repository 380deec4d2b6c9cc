#pragma once

#include "driver/postgres/client/connection.hpp"

namespace holdfast::postgres {

/// Whether a server, or a program in its words, said that its table of locks is full. Trying again does not help.
bool lock_table_full(const Error& error);
/// That error with what to set on the server.
Error with_lock_advice(const Error& error, const ConnInfo& info, const Context& context);

}  // namespace holdfast::postgres
