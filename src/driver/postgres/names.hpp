#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/target.hpp"

namespace holdfast::postgres {

/// "name" with its quotes doubled: safe in SQL whatever the name holds.
std::string quote_identifier(std::string_view name);
/// 'text' as a literal under standard_conforming_strings, E'' where it holds a backslash.
std::string quote_literal(std::string_view text);
std::string qualified(std::string_view schema, std::string_view name);
/// A word for sh.
std::string quote_shell(std::string_view word);

/// A compiled Selection.
class TableFilter {
 public:
  /// Throws Error{invalid_argument} for a pattern that can't be read.
  explicit TableFilter(const Selection& selection);
  bool matches(const std::string& schema, const std::string& table) const;
  bool selects_everything() const noexcept { return include_.empty() && exclude_.empty(); }
  /// The include patterns that match none of the tables given: most often a spelling mistake.
  std::vector<std::string> unmatched(const std::vector<std::pair<std::string, std::string>>& tables) const;

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
  static bool matches(const Pattern& pattern, const std::string& schema, const std::string& table);

  std::vector<Pattern> include_, exclude_;
};

}  // namespace holdfast::postgres
