#include "driver/postgres/restore/search_path.hpp"

#include <set>

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/statements.hpp"

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

std::string source_search_path(const Catalog& catalog) {
  constexpr std::string_view kSetting = "ALTER DATABASE %DATABASE% SET search_path TO ";
  for (const std::string& statement : split_statements(catalog.database_setup)) {
    if (statement.starts_with(kSetting)) return statement.substr(kSetting.size());
  }
  return "\"$user\", public";
}

void set_search_path(pg_archive::ArchiveToc& toc, const Catalog& catalog) {
  std::string path = source_search_path(catalog);
  for (const std::string& schema : extension_schemas(toc)) path += ", " + quote_identifier(schema);
  for (TocEntry& entry : toc.entries) {
    if (view(entry.desc) == "SEARCHPATH") entry.definition = "SET search_path TO " + path + ";\n";
  }
}

}  // namespace holdfast::postgres
