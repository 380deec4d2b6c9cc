#pragma once

#include <string>
#include <vector>

#include "driver/postgres/archive/archive.hpp"

namespace holdfast::pg_archive {

/// Returns one line for each object in which two schemas differ; none if they are equal. Matches objects by kind,
/// schema and tag; compares owner, definition, tablespace and access method. Ignores order, ids, OIDs, the header, and
/// everything that concerns the whole database (its creation, settings, comment, privileges). Compares definitions as
/// texts: both archives should be written by the same pg_dump from servers of one major version.
std::vector<std::string> compare_schemas(const ArchiveToc& a, const ArchiveToc& b);

}  // namespace holdfast::pg_archive
