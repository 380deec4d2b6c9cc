#pragma once

#include <string>

#include "driver/postgres/archive/archive.hpp"
#include "driver/postgres/logical/catalog.hpp"

namespace holdfast::postgres {

/// Has programs that carry out the archive set the source's search path, followed by the schemas of the archive's
/// extensions, instead of none: functions that people wrote are often found by it only. Changes nothing in an archive
/// of a pg_dump that sets the path for each object.
void set_search_path(pg_archive::ArchiveToc& toc, const Catalog& catalog);

}  // namespace holdfast::postgres
