#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "mask/schema.hpp"

namespace holdfast::masking {

/// One field of a row.
struct Field {
  std::string_view text;  ///< empty for a null
  bool null = false;
};

/// How texts of equal values become equal.
enum class EqualForm : char { exact, folded, padded, decimal };
EqualForm equal_form(const MaskColumn& column);

/// Some columns of a table's rows, in a certain order.
struct KeyColumns {
  struct Column {
    std::size_t index = 0;  ///< of the row's columns
    EqualForm form = EqualForm::exact;
  };
  std::vector<Column> columns;

  /// Adds the indexes to a list.
  void append_to(std::vector<std::size_t>& indexes) const;
  /// Returns a hash of the values; equal ones have equal hashes on every machine. `fields` are those of the `wanted`
  /// columns, which are ascending.
  std::uint64_t hash(std::span<const Field> fields, std::span<const std::size_t> wanted) const;
  /// The same, but returns kNull if a value is null: such a key refers to no row.
  std::uint64_t key_hash(std::span<const Field> fields, std::span<const std::size_t> wanted) const;
  static constexpr std::uint64_t kNull = 0;
};

/// Which rows of one table come: those that a rule chose, by their hashes, and those that rows refer to. Immutable.
struct RowChoice {
  enum class Why : char { not_kept, chosen, referred };
  using Hashes = std::unordered_set<std::uint64_t>;
  struct Key {
    KeyColumns columns;
    std::shared_ptr<const Hashes> referred;  ///< the keys of rows that must come
  };

  KeyColumns sample;           ///< decides
  std::uint64_t greatest = 0;  ///< chosen rows have no greater hash
  std::vector<Key> keys;

  /// Adds the columns that judge() reads.
  void append_to(std::vector<std::size_t>& indexes) const;
  Why judge(std::span<const Field> fields, std::span<const std::size_t> wanted) const;
};

}  // namespace holdfast::masking
