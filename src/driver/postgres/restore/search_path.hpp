#pragma once

#include <string>

#include "driver/postgres/archive/archive.hpp"
#include "driver/postgres/logical/catalog.hpp"

namespace holdfast::postgres {

/// Returns the search path that an ordinary session of the backed-up database had: the database's own setting, else
/// the server's default.
std::string source_search_path(const Catalog& catalog);

/// Has programs that carry out the archive set that search path, followed by the schemas of the archive's extensions,
/// instead of none: functions that people wrote are often found by it only. Changes nothing in an archive of a pg_dump
/// that sets the path for each object.
void set_search_path(pg_archive::ArchiveToc& toc, const Catalog& catalog);

}  // namespace holdfast::postgres
