#pragma once

#include <string>
#include <vector>

#include "driver/postgres/client/conninfo.hpp"
#include "holdfast/context.hpp"
#include "holdfast/verify.hpp"

namespace holdfast::postgres {

/// Runs each statement of all texts in one session with the database's own search path, as a user would open it. A
/// statement that fails is a result.
std::vector<QueryResult> run_queries(const ConnInfo& info, const std::vector<std::string>& texts, const Context& context);

}  // namespace holdfast::postgres
