#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::postgres {

/// One column, as CREATE TABLE defines it.
struct ColumnDefinition {
  std::string name;
  std::string type;  ///< "character varying(50)", "public.mood"
  bool not_null = false;
  bool generated = false;  ///< from other columns
};

/// A table as pg_dump defines it, without what it inherits.
struct TableDefinition {
  std::vector<ColumnDefinition> columns;
  std::string partition_by;  ///< the SQL after PARTITION BY; empty = the table is not partitioned

  static TableDefinition of(std::string_view sql);
};

/// Returns the names, as SQL, of the tables that a table inherits from: parts of its definition.
std::vector<std::string_view> parents_in(std::string_view sql);
/// Returns the parts of a name, for example of public."my table".
std::vector<std::string> name_parts(std::string_view sql);
/// Returns every name in an expression, and its keywords and functions, which look like names.
std::set<std::string> names_in(std::string_view sql);
/// Returns the text inside the first parentheses from `from` on; empty if there are none.
std::string_view in_parentheses(std::string_view sql, std::size_t from);
/// Returns the parts of a list between commas that are inside no parentheses or quotes.
std::vector<std::string_view> list_items(std::string_view sql);

}  // namespace holdfast::postgres
