#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/yaml.hpp"

namespace holdfast::masking {

enum class RuleKind : char { keep, null, fixed, hash, pseudonym, digits, email, name, phone, date_shift, truncate, regex, json, shuffle };

std::string_view to_string(RuleKind kind);

/// What happens to the values of one column, or of one place in a JSON document. Which members count depends on the
/// kind; docs/masking.md has the table.
struct Rule {
  RuleKind kind = RuleKind::keep;
  std::string text;          ///< fixed: the value; regex: the pattern; email: the host; pseudonym: the prefix; name: the part
  std::string replacement;   ///< regex
  std::string by;            ///< date_shift: the column with the subject
  std::string scope;         ///< equal values of different scopes have different results
  std::uint64_t number = 0;  ///< hash, pseudonym, truncate: characters; phone: digits that stay; date_shift: days; shuffle: rows
  std::vector<std::pair<std::string, Rule>> paths;  ///< json
  YamlPlace place;

  /// Returns whether the rule needs the key.
  bool keyed() const noexcept;
  /// Returns whether equal values have equal results under both rules.
  bool agrees_with(const Rule& other) const noexcept;
};

/// Which rows of a table come.
struct RowRule {
  enum class Kind : char { keep, drop, drop_where, choose };
  Kind kind = Kind::keep;
  std::string column, pattern;  ///< drop_where: rows whose value matches
  std::uint64_t count = 0;      ///< choose: so many rows, and those that rows refer to
  YamlPlace place;
};

struct TableRules {
  std::string schema, name;
  std::vector<std::pair<std::string, Rule>> columns;
  bool keep_others = false;     ///< columns without a rule stay, in strict mode too
  std::optional<RowRule> rows;  ///< none: as for all tables
  YamlPlace place;
};

/// Returns "rules.yaml:3:5".
std::string text_of(const std::string& name, const YamlPlace& place);

/// A parsed text of rules. Its form is described in docs/masking.md.
struct RuleSet {
  std::string name;  ///< of the text, for messages
  bool strict = false;
  std::optional<bool> large_objects;  ///< keep or drop; none: the rules do not say
  RowRule rows;                       ///< of tables that have none of their own
  std::vector<TableRules> tables;
};

/// Throws Error{invalid_argument} with line and column.
RuleSet parse_rules(std::string_view text, const std::string& name);

}  // namespace holdfast::masking
