#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/target.hpp"

namespace holdfast::postgres {

/// "name" with its quotes doubled: safe in SQL whatever the name holds.
std::string quote_identifier(std::string_view name);
/// 'text' as a literal under standard_conforming_strings, E'' where it holds a backslash.
std::string quote_literal(std::string_view text);
std::string qualified(std::string_view schema, std::string_view name);

/// What names and commands are written in, for a database's encoding: UTF8, but bytes as they are where the database knows no encoding.
std::string session_encoding(std::string_view database_encoding);

/// A name as UTF-8 text and back. In a database without an encoding a name is any bytes: each becomes the code point of its number.
std::string name_to_text(std::string_view name, std::string_view database_encoding);
std::string name_from_text(std::string_view text, std::string_view database_encoding);

/// Schema and name.
using RelationName = std::pair<std::string, std::string>;

/// A compiled Selection.
class TableFilter {
 public:
  /// Throws Error{invalid_argument} for a pattern that can't be read.
  explicit TableFilter(const Selection& selection);
  /// A partition is meant when it or one of the tables it is a partition of (`ancestors`) is.
  bool matches(const RelationName& table, const std::vector<RelationName>& ancestors) const;
  bool selects_everything() const noexcept { return include_.empty() && exclude_.empty(); }
  /// Whether only what is named comes, rather than all but what is named.
  bool narrows() const noexcept { return !include_.empty(); }
  /// The include patterns that match none of the tables given: most often a spelling mistake.
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
