#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "holdfast/bytes.hpp"
#include "holdfast/fault.hpp"

namespace holdfast {

/// Rules that replace values while a backup is restored or exported. Raw values of masked columns never reach the
/// target: they are replaced in the stream. docs/masking.md describes the rules.
struct MaskOptions {
  std::string rules;               ///< the text of the rules
  std::string name = "the rules";  ///< of the text, for messages: its file
  /// Key of the rules that need one: at least 16 bytes, else Error{invalid_argument}. The same key gives the same
  /// values each time. Whoever has it can try values out: keep it as secret as the data. May be empty if no rule needs
  /// it.
  Secret key;
  bool strict = false;  ///< a column of a restored table that no rule names is an error; also set by the rules themselves
};

/// One column that was masked, or whose values would be.
struct MaskedColumn {
  std::string table;  ///< "public.customers"
  std::string column;
  std::string rule;          ///< "email"
  std::uint64_t values = 0;  ///< replaced; without those that are null. 0 in a check.
};

/// One table of which rows did not come.
struct DroppedRows {
  std::string table;
  std::uint64_t rows = 0;
};

/// One table of which a rule keeps some rows, and how many came.
struct KeptRows {
  std::string table;
  std::uint64_t chosen = 0;    ///< by the rule
  std::uint64_t referred = 0;  ///< others, because rows that came refer to them
};

/// What a masked restore or export replaced.
struct MaskReport {
  std::vector<MaskedColumn> columns;
  std::vector<DroppedRows> dropped;
  std::vector<KeptRows> kept;
};

/// One table of which a rule will keep some rows. The rows that others refer to come, too: how many, only a restore or
/// export finds out, which reads all rows.
struct SubsetTable {
  std::string table;
  std::uint64_t rows = 0;    ///< in the backup
  std::uint64_t chosen = 0;  ///< by the rule
};

/// Result of a check of rules against a backup.
struct MaskCheck {
  std::vector<Fault> faults;  ///< each would make a restore fail before it writes anything
  std::vector<MaskedColumn> columns;
  std::vector<SubsetTable> subsets;
  std::uint64_t tables = 0;  ///< in the backup
  bool ok() const noexcept { return faults.empty(); }
};

}  // namespace holdfast
