#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/bytes.hpp"
#include "mask/row_choice.hpp"

namespace holdfast::postgres {

/// Finds rows and some of their fields in COPY's text format, cut anywhere. Holds a row that was cut in memory. One
/// thread.
class RowFields {
 public:
  struct Row {
    std::string_view text;                   ///< without its newline
    std::span<const std::string_view> raw;   ///< the wanted fields as they are in it
    std::span<const masking::Field> fields;  ///< and without escapes
  };

  /// `wanted` are the columns to read, in ascending order.
  explicit RowFields(std::span<const std::size_t> wanted);

  /// Calls `rows` with the rows that are whole by now, a few at a time, valid until it returns. Throws Error{corrupt}
  /// for a row with too few fields.
  template <class Rows>
  void add(ByteView bytes, Rows&& rows) {
    std::string_view text = as_text(bytes);
    plain_.reserve(text.size());
    for (std::size_t newline = 0; (newline = text.find('\n')) != std::string_view::npos; text.remove_prefix(newline + 1)) {
      const std::string_view row = text.substr(0, newline);
      if (partial_.empty()) {
        read(row);
        if (count_ == rows_.size()) hand_over(rows);
        continue;
      }
      partial_ += row;
      plain_.reserve(partial_.size());
      read(partial_);
      hand_over(rows);
      partial_.clear();
    }
    hand_over(rows);
    partial_ += text;
  }
  /// Throws Error{corrupt} if the rows end in the middle of one.
  void finish() const;

 private:
  void read(std::string_view row);
  std::string_view unescaped_text(std::string_view field);

  template <class Rows>
  void hand_over(Rows&& rows) {
    if (count_ != 0) rows(std::span<const Row>(rows_).first(count_));
    count_ = 0;
    plain_.clear();
  }

  std::vector<std::size_t> wanted_;
  std::size_t count_ = 0;  // of rows that were read and not handed over
  std::vector<Row> rows_;
  std::vector<std::string_view> raw_;  // for each of rows_ as many as wanted_
  std::vector<masking::Field> fields_;
  std::string plain_;  // texts of fields that have escapes; has room for all of them, so that they never move
  std::string partial_;
};

/// A null in COPY's text format.
inline constexpr std::string_view kNullField = "\\N";

}  // namespace holdfast::postgres
