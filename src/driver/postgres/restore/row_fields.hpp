#pragma once

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
  /// `wanted` are the columns to read, in ascending order.
  explicit RowFields(std::span<const std::size_t> wanted);

  /// Calls `row` for each row that is whole by now, without its newline. Throws Error{corrupt} for one with too few
  /// fields.
  template <class Row>
  void add(ByteView bytes, Row&& row) {
    std::string_view text = as_text(bytes);
    for (std::size_t newline = 0; (newline = text.find('\n')) != std::string_view::npos; text.remove_prefix(newline + 1)) {
      if (partial_.empty()) {
        read(text.substr(0, newline));
        row(text.substr(0, newline));
        continue;
      }
      partial_ += text.substr(0, newline);
      read(partial_);
      row(std::string_view(partial_));
      partial_.clear();
    }
    partial_ += text;
  }
  /// Throws Error{corrupt} if the rows end in the middle of one.
  void finish() const;

  /// Return the wanted fields of the last row: as they are in it, and without escapes. Valid until the next one.
  std::span<const std::string_view> raw() const noexcept { return raw_; }
  std::span<const masking::Field> fields() const noexcept { return fields_; }

 private:
  void read(std::string_view row);
  std::string_view unescaped_text(std::string_view field, std::string& into);

  std::vector<std::size_t> wanted_;
  std::vector<std::string_view> raw_;
  std::vector<masking::Field> fields_;
  std::vector<std::string> plain_;  // of fields that have escapes
  std::string partial_;
};

/// A null in COPY's text format.
inline constexpr std::string_view kNullField = "\\N";

}  // namespace holdfast::postgres
