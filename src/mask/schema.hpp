#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// What the rules know of a source: its tables, columns, types, keys and references. A driver fills it in.
namespace holdfast::masking {

enum class MaskType : char { text, integer, numeric, floating, boolean, date, timestamp, json, uuid, bytea, other };

struct MaskColumn {
  std::string name;
  std::string type_name;  ///< in the words of the source, for messages
  MaskType type = MaskType::other;
  bool folded = false;  ///< text that is compared without regard to case
  bool padded = false;  ///< text whose blanks at the end do not count
  bool nullable = true;
  bool generated = false;           ///< follows from other columns; a backup does not have it
  std::uint64_t most = 0;           ///< text: characters, 0 = any number; integer: the largest value
  std::vector<std::string> labels;  ///< of an enumeration: its values
};

/// Columns whose values are different in each row.
struct MaskKey {
  std::string name;
  std::vector<std::string> columns;
  bool nulls_distinct = true;  ///< any number of rows may have a null
  bool opaque = false;         ///< also depends on expressions: no rule is certain to keep it
};

/// A foreign key.
struct MaskReference {
  std::string name;
  std::vector<std::string> columns;
  std::string schema, table;            ///< that it refers to
  std::vector<std::string> to_columns;  ///< in the order of `columns`
};

struct MaskTable {
  std::string schema, name;
  std::vector<MaskColumn> columns;  ///< all, in any order
  std::vector<MaskKey> keys;
  std::vector<MaskReference> references;
  std::vector<std::string> placing;                            ///< columns that decide into which partition a row belongs
  std::vector<std::pair<std::string, std::string>> ancestors;  ///< the partitioned tables that it belongs to, nearest first
  bool known = true;                                           ///< the columns' types are known
  bool has_rows = true;                                        ///< false: partitioned
  std::vector<std::string> stored;                             ///< the columns of its rows, in their order
};

/// Schema and name.
using TableName = std::pair<std::string, std::string>;
inline TableName name_of(const MaskTable& table) { return {table.schema, table.name}; }
/// Returns the partitioned table that it belongs to, else itself.
inline TableName root_of(const MaskTable& table) { return table.ancestors.empty() ? name_of(table) : table.ancestors.back(); }

struct MaskSchema {
  std::vector<MaskTable> tables;
  bool large_objects = false;  ///< the source has some
  bool utf8 = true;            ///< the encoding of all texts
  bool single_byte = false;    ///< one byte is one character
};

}  // namespace holdfast::masking
