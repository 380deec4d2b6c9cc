#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::postgres {

/// Splits SQL at semicolons outside quotes, dollar quotes and comments. Drops comments between statements, and psql's
/// backslash commands at the start of one: no text from a dump or file ever reaches a shell or psql.
std::vector<std::string> split_statements(std::string_view sql);

/// Returns the statement with spaces for the bytes of quoted texts, quoted names and comments: all places stay.
std::string masked_text(std::string_view sql);

/// Returns the statement with a space for each quoted text, quoted name and comment, so that no name or literal can be
/// mistaken for one of its words.
std::string bare_text(std::string_view sql);

/// Returns the first of the places of `word` in a masked text, from `from` on, that is inside no parentheses; the
/// text's size if there is none before the parentheses around `from` end.
std::size_t find_outside(std::string_view plain, std::string_view word, std::size_t from = 0);

/// The columns and constraints of a CREATE TABLE statement that pg_dump wrote.
struct TableBody {
  std::size_t begin = 0, end = 0;  ///< the place of all elements, from the blanks before the first one on
  std::vector<std::string_view> elements;
};
/// Returns the body; without elements if there is none.
TableBody table_body(std::string_view definition);

}  // namespace holdfast::postgres
