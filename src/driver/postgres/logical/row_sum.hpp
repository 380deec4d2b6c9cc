#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"

namespace holdfast::postgres {

/// The key of a proof: without it, nobody can construct two different tables with equal sums.
class RowKey {
 public:
  static constexpr std::size_t kSize = 32;
  explicit RowKey(ByteView thirty_two_bytes);
  const void* expanded() const noexcept { return expanded_.bytes().data(); }
  std::size_t expanded_size() const noexcept { return expanded_.size(); }

 private:
  Secret expanded_;
};

/// Identifies a set of rows in any order: their number, and the sum modulo 2^128 of a keyed 128-bit hash of each. A sum
/// rather than an XOR, because equal rows must not cancel each other. The sums of a table's ranges add up to the
/// table's.
struct RowSum {
  std::uint64_t rows = 0;
  unsigned __int128 sum = 0;

  /// Adds a row in COPY text form, including its newline.
  void add(std::string_view row, const RowKey& key);
  void add(const RowSum& other) {
    rows += other.rows;
    sum += other.sum;
  }
  std::string hex() const;  ///< 32 digits
  static RowSum from(std::uint64_t rows, const std::string& hex);
  bool operator==(const RowSum&) const = default;
};

/// Finds the rows in a COPY text stream cut anywhere: a newline inside data is written as backslash-n, so each 0x0A
/// ends a row. Hashes a row while it arrives, so a row may have any length.
class RowSplitter {
 public:
  explicit RowSplitter(const RowKey& key);
  ~RowSplitter();
  void add(ByteView bytes);
  /// Throws Error{corrupt} if the stream ends inside a row.
  RowSum finish() const;
  std::uint64_t rows() const noexcept { return sum_.rows; }

 private:
  struct CutRow;
  const RowKey& key_;
  std::unique_ptr<CutRow> cut_;  // the row that the last piece cut
  RowSum sum_;
};

}  // namespace holdfast::postgres
