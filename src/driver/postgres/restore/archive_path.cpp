#include "driver/postgres/restore/archive_path.hpp"

#include <set>

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/logical/search_path.hpp"

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

namespace {

// Sorted. pg_dump names each extension's schema, except that of one in pg_catalog.
std::set<std::string> extension_schemas(const pg_archive::ArchiveToc& toc) {
  constexpr std::string_view kSchema = " WITH SCHEMA ";
  std::set<std::string> schemas;
  for (const TocEntry& entry : toc.entries) {
    const std::string definition(view(entry.definition));
    if (const std::size_t found = definition.find(kSchema); view(entry.desc) == "EXTENSION" && found != std::string::npos) {
      std::size_t at = found + kSchema.size();
      schemas.insert(take_identifier(definition, at));
    }
  }
  schemas.erase("pg_catalog");
  return schemas;
}

}  // namespace

void set_search_path(pg_archive::ArchiveToc& toc, const Catalog& catalog) {
  const std::string path = search_path_with(catalog, extension_schemas(toc));
  for (TocEntry& entry : toc.entries) {
    if (view(entry.desc) == "SEARCHPATH") entry.definition = "SET search_path TO " + path + ";\n";
  }
}

}  // namespace holdfast::postgres
