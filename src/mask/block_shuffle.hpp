#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/bytes.hpp"
#include "mask/keyed.hpp"
#include "mask/rules.hpp"

namespace holdfast::masking {

/// Exchanges the values of some columns between the rows of a block, and writes all else as it comes. Every value moves
/// to another row of its block, unless it is the only one; nulls stay. Equal blocks are exchanged alike under the same
/// key. Holds up to two blocks of rows in memory. One thread.
class BlockShuffle {
 public:
  /// One rule for each column. The largest block of all counts.
  BlockShuffle(const Secret& key, std::span<const Rule* const> rules);

  /// Add a row, from left to right.
  void add_text(std::string_view text) { current_.text += text; }
  void add_value(std::size_t column, std::string_view value, bool null);
  /// Ends the row. Appends rows to `out` when a block is full.
  void end_row(std::string& out);
  /// Appends the rest. The last block is up to twice as long as others, so that no value stays alone.
  void finish(std::string& out);

 private:
  struct Value {
    std::size_t column = 0;
    std::size_t place = 0;            // in the text, which lacks it
    std::size_t begin = 0, size = 0;  // in `values`
    bool null = false;
  };
  struct Block {
    std::string text, values;
    std::vector<Value> list;  // in the order of their places
    std::uint64_t rows = 0;
  };

  void write(Block& block, std::string& out);
  void exchange(Block& block, std::size_t column);

  std::vector<std::unique_ptr<KeyedHash>> hashes_;
  std::uint64_t block_ = 0;
  Block previous_, current_;
};

}  // namespace holdfast::masking
