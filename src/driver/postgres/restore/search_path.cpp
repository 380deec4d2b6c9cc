#include "driver/postgres/restore/search_path.hpp"

#include "driver/postgres/client/statements.hpp"

namespace holdfast::postgres {

std::string source_search_path(const Catalog& catalog) {
  constexpr std::string_view kSetting = "ALTER DATABASE %DATABASE% SET search_path TO ";
  for (const std::string& statement : split_statements(catalog.database_setup)) {
    if (statement.starts_with(kSetting)) return statement.substr(kSetting.size());
  }
  return "\"$user\", public";
}

}  // namespace holdfast::postgres
