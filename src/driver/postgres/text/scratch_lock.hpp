#pragma once

#include <string>

#include "driver/postgres/client/connection.hpp"

namespace holdfast::postgres {

/// Takes the lock that shows other processes that a scratch database is in use, as long as the session lasts. Returns
/// whether nobody else has it.
bool lock_scratch(Connection& maintenance, const std::string& name);

}  // namespace holdfast::postgres
