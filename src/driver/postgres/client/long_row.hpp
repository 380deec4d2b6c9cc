#pragma once

#include "driver/postgres/client/connection.hpp"

namespace holdfast::postgres {

/// A row that no server can send or receive as COPY text: it would be longer than 1 GB.
class LongRow : public Error {
 public:
  LongRow(const ServerError& error, std::uint64_t rows_before);
  std::uint64_t rows_before() const noexcept { return rows_before_; }

 private:
  std::uint64_t rows_before_;
};

/// Returns whether the server failed because of such a row.
bool is_long_row(const ServerError& error);

/// Returns the error with the place of the row in its table. `rows` is the text after FROM in a query for the rows that
/// were read, in the session's transaction; empty if they belong to no table.
Error with_place(const LongRow& error, Connection& connection, const std::string& rows);

}  // namespace holdfast::postgres
