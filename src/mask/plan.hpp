#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/mask.hpp"
#include "mask/row_choice.hpp"
#include "mask/rules.hpp"
#include "mask/schema.hpp"

namespace holdfast::masking {

/// What happens to the rows of one table. Columns are counted in the order of its rows.
struct TablePlan {
  struct Column {
    std::size_t index = 0;
    Rule rule;
    MaskColumn about;
    std::optional<std::size_t> subject;  ///< the rule's other column
  };
  std::vector<Column> columns;  ///< those with a rule other than keep, in the order of their index
  RowRule rows;
  std::optional<std::size_t> row_column;    ///< that decides whether a row is dropped
  std::shared_ptr<const RowChoice> choice;  ///< of a rule that chooses rows; null: Subset has not read them yet
};

/// Rules that fit a source. Immutable; safe from many threads.
struct MaskPlan {
  Secret key;
  bool utf8 = true;
  bool keep_large_objects = true;
  std::map<std::pair<std::string, std::string>, TablePlan> tables;  ///< by schema and name; only those with something to do
  std::string identity;                                             ///< identity_of()

  const TablePlan* find(const std::string& schema, const std::string& name) const;
  /// Returns whether a rule chooses rows: then Subset must read them before anything is masked.
  bool chooses_rows() const;
  /// Returns the masked columns, without counts.
  std::vector<MaskedColumn> columns() const;
};

/// Returns a line of a report.
MaskedColumn described(const std::pair<std::string, std::string>& table, const TablePlan::Column& column, std::uint64_t values);

struct CheckedRules {
  MaskPlan plan;  ///< valid if there are no faults
  std::vector<Fault> faults;
};

/// Returns a text that is equal for equal rules and key, and tells nothing about the key.
std::string identity_of(const MaskOptions& options);
/// Compares rules with a source. Throws Error{invalid_argument} for a text that is no rules, or a key that is too
/// short.
CheckedRules check_rules(const MaskOptions& options, const MaskSchema& schema);
/// The same, but throws Error{invalid_argument} that names the first fault and the number of others.
MaskPlan require_rules(const MaskOptions& options, const MaskSchema& schema);

}  // namespace holdfast::masking
