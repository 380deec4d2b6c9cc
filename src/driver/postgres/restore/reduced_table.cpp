#include "driver/postgres/restore/reduced_table.hpp"

#include <algorithm>
#include <optional>

#include "driver/postgres/client/statements.hpp"

namespace holdfast::postgres {

namespace {

// Returns the name at the beginning of a text, quoted if it is.
std::string_view first_name(std::string_view sql) {
  if (!sql.starts_with('"')) return sql.substr(0, sql.find(' '));
  std::size_t end = 1;
  while ((end = sql.find('"', end)) < sql.size() - 1 && sql[end + 1] == '"') end += 2;
  return sql.substr(0, end + 1);
}

constexpr std::string_view kConstraint = "CONSTRAINT ";

// Takes the default out of a column's definition.
std::optional<ReducedTable::Addition> take_default(std::string& column, const std::string& table) {
  constexpr std::string_view kDefault = " DEFAULT ";
  const std::string plain = masked_text(column);
  const std::size_t at = find_outside(plain, kDefault);
  if (at == plain.size()) return std::nullopt;
  const std::size_t end = std::min(find_outside(plain, " NOT NULL", at), find_outside(plain, " COLLATE ", at));
  const std::string name(first_name(column));
  ReducedTable::Addition addition = {"the default of " + name,
                                     "ALTER TABLE ONLY " + table + " ALTER COLUMN " + name + " SET" + column.substr(at, end - at)};
  column.erase(at, end - at);
  return addition;
}

}  // namespace

ReducedTable ReducedTable::of(std::string_view definition, const std::string& table) {
  ReducedTable reduced;
  const TableBody body = table_body(definition);
  if (body.begin == 0) return reduced;
  std::string kept;
  for (const std::string_view part : body.elements) {
    std::string element(part);
    if (element.starts_with(kConstraint)) {
      const std::string name(first_name(std::string_view(element).substr(kConstraint.size())));
      reduced.additions.push_back({"the constraint " + name, "ALTER TABLE " + table + " ADD " + element});
      continue;
    }
    if (std::optional<Addition> addition = take_default(element, table)) reduced.additions.push_back(std::move(*addition));
    kept += (kept.empty() ? "\n    " : ",\n    ") + element;
  }
  reduced.definition = std::string(definition.substr(0, body.begin)) + kept + std::string(definition.substr(body.end));
  return reduced;
}

}  // namespace holdfast::postgres
