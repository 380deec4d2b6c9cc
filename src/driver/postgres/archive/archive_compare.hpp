#pragma once

#include <string>
#include <vector>

#include "driver/postgres/archive/archive.hpp"

namespace holdfast::pg_archive {

/// One line for each object in which two schemas differ; empty = they are the same. Objects are matched by kind, schema and tag;
/// owner, definition, tablespace and access method are compared. Order, ids, OIDs, the header and what concerns the database as a
/// whole (its creation, settings, comment, privileges) do not count. Definitions are compared as texts: both archives should come from
/// one pg_dump and servers of one major version.
std::vector<std::string> compare_schemas(const ArchiveToc& a, const ArchiveToc& b);

}  // namespace holdfast::pg_archive
