#include "driver/postgres/restore/reduced_table.hpp"

#include <algorithm>
#include <optional>

#include "driver/postgres/client/statements.hpp"

namespace holdfast::postgres {

namespace {

// Returns the first of the places of `word` that is inside no parentheses; the end if there is none.
std::size_t find_outside(std::string_view plain, std::string_view word, std::size_t from = 0) {
  int depth = 0;
  for (std::size_t at = from; at < plain.size(); ++at) {
    if (depth == 0 && plain.substr(at).starts_with(word)) return at;
    if (plain[at] == '(') ++depth;
    if (plain[at] == ')' && --depth < 0) break;
  }
  return plain.size();
}

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
  constexpr std::string_view kBegin = "(\n    ", kBetween = ",\n    ";
  const std::string plain = masked_text(definition);
  ReducedTable reduced;
  const std::size_t begin = plain.find(kBegin);
  if (begin == std::string::npos) return reduced;
  std::string kept;
  std::size_t at = begin + kBegin.size();
  const std::size_t close = find_outside(plain, "\n)", at);
  while (at < close) {
    const std::size_t end = std::min(find_outside(plain, kBetween, at), close);
    std::string element(definition.substr(at, end - at));
    at = end + kBetween.size();
    if (element.starts_with(kConstraint)) {
      const std::string name(first_name(std::string_view(element).substr(kConstraint.size())));
      reduced.additions.push_back({"the constraint " + name, "ALTER TABLE " + table + " ADD " + element});
      continue;
    }
    if (std::optional<Addition> addition = take_default(element, table)) reduced.additions.push_back(std::move(*addition));
    kept += std::string(kept.empty() ? kBetween.substr(1) : kBetween) + element;
  }
  reduced.definition = std::string(definition.substr(0, begin + 1)) + kept + std::string(definition.substr(close));
  return reduced;
}

}  // namespace holdfast::postgres
