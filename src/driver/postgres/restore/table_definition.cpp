#include "driver/postgres/restore/table_definition.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/statements.hpp"

namespace holdfast::postgres {

namespace {

// A byte beyond ASCII is a part of a letter.
bool begins_name(char c) { return is_ascii_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
bool continues_name(char c) { return begins_name(c) || is_ascii_digit(c) || c == '$'; }

std::string take_name(std::string_view sql, std::size_t& at) {
  if (sql[at] == '"') return take_identifier(sql, at);
  const std::size_t begin = at;
  while (at < sql.size() && continues_name(sql[at])) ++at;
  return std::string(sql.substr(begin, at - begin));
}

ColumnDefinition column_of(std::string_view element) {
  constexpr std::array<std::string_view, 7> kAfterType = {" COLLATE ",    " DEFAULT ", " NOT NULL",    " GENERATED ",
                                                          " CONSTRAINT ", " STORAGE ", " COMPRESSION "};
  ColumnDefinition column;
  std::size_t at = 0;
  column.name = take_name(element, at);
  const std::string plain = masked_text(element);
  std::size_t end = element.size();
  for (const std::string_view word : kAfterType) end = std::min(end, find_outside(plain, word, at));
  column.type = element.substr(std::min(at + 1, end), end - std::min(at + 1, end));
  column.not_null = find_outside(plain, " NOT NULL", at) != plain.size();
  column.generated = find_outside(plain, " GENERATED ALWAYS AS (", at) != plain.size();
  return column;
}

}  // namespace

TableDefinition TableDefinition::of(std::string_view sql) {
  TableDefinition table;
  const TableBody body = table_body(sql);
  for (const std::string_view element : body.elements) {
    if (!element.starts_with("CONSTRAINT ") && !element.empty()) table.columns.push_back(column_of(element));
  }
  constexpr std::string_view kPartition = "\nPARTITION BY ";
  const std::string plain = masked_text(sql);
  if (const std::size_t at = plain.find(kPartition, body.end); at != std::string::npos)
    table.partition_by = sql.substr(at + kPartition.size());
  return table;
}

std::vector<std::string> name_parts(std::string_view sql) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    if (sql[at] != '"' && !begins_name(sql[at])) break;
    parts.push_back(take_name(sql, at));
    if (at >= sql.size() || sql[at] != '.') break;
  }
  return parts;
}

std::set<std::string> names_in(std::string_view sql) {
  std::set<std::string> names;
  for (std::size_t at = 0; at < sql.size();) {
    if (sql[at] == '\'') {
      at = std::min(sql.find('\'', at + 1), sql.size() - 1) + 1;
    } else if (sql[at] == '"' || begins_name(sql[at])) {
      names.insert(take_name(sql, at));
    } else if (is_ascii_digit(sql[at])) {
      while (at < sql.size() && continues_name(sql[at])) ++at;
    } else {
      ++at;
    }
  }
  return names;
}

std::string_view in_parentheses(std::string_view sql, std::size_t from) {
  const std::string plain = masked_text(sql);
  const std::size_t begin = plain.find('(', from);
  if (begin == std::string::npos) return {};
  int depth = 0;
  for (std::size_t at = begin; at < plain.size(); ++at) {
    if (plain[at] == '(') ++depth;
    if (plain[at] == ')' && --depth == 0) return sql.substr(begin + 1, at - begin - 1);
  }
  return {};
}

std::vector<std::string_view> parents_in(std::string_view sql) {
  const std::size_t at = masked_text(sql).find("\nINHERITS (");
  return at == std::string::npos ? std::vector<std::string_view>() : list_items(in_parentheses(sql, at));
}

std::vector<std::string_view> list_items(std::string_view sql) {
  const std::string plain = masked_text(sql);
  std::vector<std::string_view> items;
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t end = find_outside(plain, ", ", at);
    items.push_back(sql.substr(at, end - at));
    at = end + 2;
  }
  return items;
}

}  // namespace holdfast::postgres
