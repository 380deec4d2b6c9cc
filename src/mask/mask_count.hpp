#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "mask/plan.hpp"
#include "mask/row_mask.hpp"

namespace holdfast::masking {

/// Adds up what was done to the rows of all tables.
class MaskCount {
 public:
  void add(const TableName& name, const TablePlan& table, const RowMask& done);
  std::uint64_t dropped() const;  ///< rows of all tables
  /// Returns the masked values of a column that are not null before the rule.
  std::uint64_t values(const TableName& name, std::size_t column) const;
  MaskReport report(const MaskPlan& plan) const;

 private:
  struct Counts {
    std::map<std::size_t, std::uint64_t> values;  // by column
    std::uint64_t dropped = 0, chosen = 0, referred = 0;
  };
  std::map<TableName, Counts> tables_;
};

}  // namespace holdfast::masking
