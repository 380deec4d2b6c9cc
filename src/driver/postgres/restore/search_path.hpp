#pragma once

#include <string>

#include "driver/postgres/logical/catalog.hpp"

namespace holdfast::postgres {

/// Returns the search path that an ordinary session of the backed-up database had: the database's own setting, else
/// the server's default.
std::string source_search_path(const Catalog& catalog);

}  // namespace holdfast::postgres
