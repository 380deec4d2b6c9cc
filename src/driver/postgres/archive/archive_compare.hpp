#pragma once

#include <string>
#include <vector>

#include "driver/postgres/archive/archive.hpp"

namespace holdfast::pg_archive {

struct SchemaDifference {
  std::string object;  ///< "INDEX app.place_by_position"
  std::string what;    ///< "is missing after the restore", "owner is 'bob', was 'ann'"
};

/// Returns the objects in which a restored schema differs from the backed up one. Matches objects by kind, schema and
/// tag; compares owner, definition, tablespace and access method. Ignores order, ids, OIDs, the header, and everything
/// that concerns the whole database (its creation, settings, comment, privileges). Compares definitions as texts: both
/// archives should be written by the same pg_dump from servers of one major version.
std::vector<SchemaDifference> compare_schemas(const ArchiveToc& expected, const ArchiveToc& restored);

}  // namespace holdfast::pg_archive
