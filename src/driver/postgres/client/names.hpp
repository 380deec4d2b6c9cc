#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/target.hpp"

namespace holdfast::postgres {

/// Returns "name" with its quotes doubled: safe in SQL for any name.
std::string quote_identifier(std::string_view name);
/// Returns 'text' as a literal under standard_conforming_strings; as E'' if it contains a backslash.
std::string quote_literal(std::string_view text);
/// Reads an identifier at `at` of SQL: bare, or quoted with doubled quotes. Moves `at` to its end.
std::string take_identifier(std::string_view sql, std::size_t& at);
std::string qualified(std::string_view schema, std::string_view name);

/// Returns the encoding of names and commands for a database's encoding: UTF8, or the database's own if it has no
/// encoding.
std::string session_encoding(std::string_view database_encoding);

/// Converts a name to UTF-8 text and back. In a database without an encoding a name may be any bytes: each becomes the
/// code point of its number.
std::string name_to_text(std::string_view name, std::string_view database_encoding);
std::string name_from_text(std::string_view text, std::string_view database_encoding);

/// Schema and name.
using RelationName = std::pair<std::string, std::string>;

/// A compiled Selection.
class TableFilter {
 public:
  /// Throws Error{invalid_argument} for a malformed pattern.
  explicit TableFilter(const Selection& selection);
  /// A partition matches if it or a table that it is a partition of (`ancestors`) matches.
  bool matches(const RelationName& table, const std::vector<RelationName>& ancestors) const;
  bool selects_everything() const noexcept { return include_.empty() && exclude_.empty(); }
  /// Returns whether only the named tables are selected, rather than all except the named ones.
  bool narrows() const noexcept { return !include_.empty(); }
  /// Returns the include patterns that match none of the given tables: mostly spelling mistakes.
  std::vector<std::string> unmatched(const std::vector<RelationName>& tables) const;

 private:
  struct Part {
    std::string text;
    bool literal = false;
  };
  struct Pattern {
    Part schema, table;
    std::string source;
  };
  static Pattern parse(const std::string& text);
  static bool matches(const Part& part, const std::string& name);
  static bool matches(const Pattern& pattern, const RelationName& table);

  std::vector<Pattern> include_, exclude_;
};

}  // namespace holdfast::postgres
