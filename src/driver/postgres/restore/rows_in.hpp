#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/logical/catalog.hpp"
#include "driver/postgres/restore/binary_rows.hpp"
#include "holdfast/bytes.hpp"

namespace holdfast::postgres {

/// Loads rows that a backup holds as COPY text. Where every column's type allows, they go to the server in COPY's binary format: reading
/// text is most of what a server does while it loads. From the first row on that has no certain binary form, the rest goes as the text it
/// is. Used by one thread.
class RowsIn {
 public:
  /// As text only.
  RowsIn(Connection& connection, const std::string& copy_sql);
  /// Into a table; `freeze` = within a transaction that has just emptied it.
  RowsIn(Connection& connection, const Table& table, const std::string& encoding, bool freeze);

  /// Rows cut anywhere.
  void write(ByteView text);
  /// How many rows the server took.
  std::uint64_t finish();

 private:
  std::size_t send_turned(std::string_view text);
  bool finish_partial(std::string_view& text);
  void go_on_as_text(std::string_view text);

  Connection& connection_;
  std::string text_sql_;
  std::optional<BinaryRows> binary_;  // nothing: the rows go as text
  std::string partial_;               // a row that was cut
  std::uint64_t taken_ = 0;           // by a COPY that has ended
};

}  // namespace holdfast::postgres
