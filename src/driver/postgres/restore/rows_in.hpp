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

/// Loads rows that a backup has as COPY text. If every column's type permits, sends them in COPY's binary format:
/// reading text is most of a server's work during a load. From the first row without a certain binary form on, sends
/// the original text. One thread.
class RowsIn {
 public:
  /// Sends rows as text only.
  RowsIn(Connection& connection, const std::string& copy_sql);
  /// Loads into a table; `freeze` means within a transaction that has just truncated it.
  RowsIn(Connection& connection, const Table& table, const std::string& encoding, bool freeze);

  /// Takes rows that are cut anywhere.
  void write(ByteView text);
  /// Returns the number of rows that the server stored.
  std::uint64_t finish();

 private:
  std::size_t send_turned(std::string_view text);
  bool finish_partial(std::string_view& text);
  void go_on_as_text(std::string_view text);

  Connection& connection_;
  std::string text_sql_;
  std::optional<BinaryRows> binary_;  // none: rows are sent as text
  std::string partial_;               // a row that was cut
  std::uint64_t taken_ = 0;           // by COPY commands that have ended
};

}  // namespace holdfast::postgres
