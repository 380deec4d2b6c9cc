#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "driver/postgres/restore/binary_value.hpp"
#include "holdfast/bytes.hpp"

namespace holdfast::postgres {

/// Converts rows of COPY's text format to its binary format.
class BinaryRows {
 public:
  explicit BinaryRows(std::vector<BinaryForm> forms) : forms_(std::move(forms)) {}

  /// Converts the rows at the beginning of `text`, up to one that is cut off or has no certain binary form. Returns how
  /// many bytes of text they have. `rows()` is the result, valid until the next call.
  std::size_t turn(std::string_view text);
  ByteView rows() const noexcept { return ByteView(buffer_).first(used_); }

 private:
  bool turn_row(std::string_view row);
  static bool turn_field(BinaryForm form, std::string_view field, std::byte*& at);

  std::vector<BinaryForm> forms_;
  Bytes buffer_;
  std::size_t used_ = 0;
};

/// The bytes before and after all rows.
inline constexpr std::string_view kBinaryHeader{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
inline constexpr std::string_view kBinaryTrailer{"\377\377", 2};

}  // namespace holdfast::postgres
