#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::postgres {

/// A table without the defaults and constraints in its definition, which are added one by one: one that the server
/// refuses costs no rows.
struct ReducedTable {
  struct Addition {
    std::string what;  ///< for people: "the default of j"
    std::string sql;
  };
  std::string definition;
  std::vector<Addition> additions;

  /// Takes the definition that pg_dump wrote, and the table's name as SQL.
  static ReducedTable of(std::string_view definition, const std::string& table);
};

}  // namespace holdfast::postgres
