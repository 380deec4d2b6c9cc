#include "driver/postgres/client/long_row.hpp"

#include <cstdlib>

namespace holdfast::postgres {

LongRow::LongRow(const ServerError& error, std::uint64_t rows_before)
    : Error(ErrorCode::limit, error.message() +
                                  ": a row is longer than 1 GB as COPY's text (a bytea takes two letters a byte), which no PostgreSQL "
                                  "server can send, to pg_dump neither. Split the value, make it a large object, or exclude the table"),
      rows_before_(rows_before) {}

// The message about a result that is too large ends in words that are never translated. A much larger number in it is a
// sign of damaged data.
bool is_long_row(const ServerError& error) {
  constexpr std::string_view kRequest = "invalid memory alloc request size ";
  constexpr unsigned long long kLongest = 1ULL << 30, kConverted = 4;  // another encoding may take four times as much
  if (error.sqlstate() == "54000") return true;
  const std::size_t at = error.message().find(kRequest);
  if (at == std::string::npos) return false;
  const unsigned long long size = std::strtoull(error.message().c_str() + at + kRequest.size(), nullptr, 10);
  return size >= kLongest - 1 && size <= 2 * kConverted * kLongest;
}

Error with_place(const LongRow& error, Connection& connection, const std::string& rows) {
  if (rows.empty()) return error;
  connection.query("SET LOCAL max_parallel_workers_per_gather = 0");
  const Rows row = connection.query("SELECT ctid FROM " + rows + " OFFSET " + std::to_string(error.rows_before()) + " LIMIT 1");
  if (row.size() == 0) return error;
  return error.with_context("the row at ctid " + row.text(0, 0));
}

}  // namespace holdfast::postgres
