#include "driver/postgres/logical/search_path.hpp"

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/statements.hpp"

namespace holdfast::postgres {

std::string source_search_path(const Catalog& catalog) {
  constexpr std::string_view kSetting = "ALTER DATABASE %DATABASE% SET search_path TO ";
  for (const std::string& statement : split_statements(catalog.database_setup)) {
    if (statement.starts_with(kSetting)) return statement.substr(kSetting.size());
  }
  return "\"$user\", public";
}

std::string search_path_with(const Catalog& catalog, const std::set<std::string>& schemas) {
  std::string path = source_search_path(catalog);
  for (const std::string& schema : schemas) path += ", " + quote_identifier(schema);
  return path;
}

}  // namespace holdfast::postgres
