#pragma once

#include "driver/postgres/client/conninfo.hpp"
#include "holdfast/sql_text.hpp"

namespace holdfast::postgres {

/// As holdfast::load_sql.
SqlLoadReport load_text(const ConnInfo& info, Reader& from, Context& context);

}  // namespace holdfast::postgres
