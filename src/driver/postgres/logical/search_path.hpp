#pragma once

#include <set>
#include <string>

#include "driver/postgres/logical/catalog.hpp"

namespace holdfast::postgres {

/// Returns the search path that an ordinary session of the backed-up database had: the database's own setting, else
/// the server's default.
std::string source_search_path(const Catalog& catalog);

/// Returns that search path, followed by `schemas`: those of the extensions.
std::string search_path_with(const Catalog& catalog, const std::set<std::string>& schemas);

}  // namespace holdfast::postgres
