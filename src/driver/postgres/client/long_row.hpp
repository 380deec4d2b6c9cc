#pragma once

#include "driver/postgres/client/connection.hpp"

namespace holdfast::postgres {

/// A row that no server can send as COPY's text, nor take back: it would be longer than 1 GB.
class LongRow : public Error {
 public:
  LongRow(const ServerError& error, std::uint64_t rows_before);
  std::uint64_t rows_before() const noexcept { return rows_before_; }

 private:
  std::uint64_t rows_before_;
};

/// Whether that is what the server failed of.
bool is_long_row(const ServerError& error);

/// The same with the place of the row in its table. `rows`: what stands behind FROM in a query for the rows that were read, in the
/// session's transaction; empty if they are of no table.
Error with_place(const LongRow& error, Connection& connection, const std::string& rows);

}  // namespace holdfast::postgres
