#include "driver/postgres/restore/rows_in.hpp"

#include <array>
#include <map>
#include <utility>
#include <vector>

#include "driver/postgres/logical/streams.hpp"

namespace holdfast::postgres {

namespace {

constexpr std::size_t kLongestRow = 1U << 20;  // a longer row is sent as text, and need not be whole in memory

// By pg_type.oid, which is the same on every server. Excludes types whose binary form cannot be determined here,
// because their texts have forms of their own (intervals, arrays, geometry) or because the server reads binary and text
// differently ("char", name, xml).
std::optional<BinaryForm> form_of(std::uint64_t type_oid) {
  constexpr std::array<std::pair<std::uint64_t, BinaryForm>, 19> kForms = {{{16, BinaryForm::boolean},
                                                                            {17, BinaryForm::bytea},
                                                                            {20, BinaryForm::int8},
                                                                            {21, BinaryForm::int2},
                                                                            {23, BinaryForm::int4},
                                                                            {25, BinaryForm::text},
                                                                            {26, BinaryForm::oid},
                                                                            {114, BinaryForm::text},
                                                                            {700, BinaryForm::float4},
                                                                            {701, BinaryForm::float8},
                                                                            {1042, BinaryForm::text},
                                                                            {1043, BinaryForm::text},
                                                                            {1082, BinaryForm::date},
                                                                            {1083, BinaryForm::time},
                                                                            {1114, BinaryForm::timestamp},
                                                                            {1184, BinaryForm::timestamptz},
                                                                            {1700, BinaryForm::numeric},
                                                                            {2950, BinaryForm::uuid},
                                                                            {3802, BinaryForm::jsonb}}};
  for (const auto& [oid, form] : kForms) {
    if (oid == type_oid) return form;
  }
  return std::nullopt;
}

// The columns' types as the server has them now; domains as their base type, enums as text.
constexpr const char* kTypes =
    "SELECT a.attname, (WITH RECURSIVE base AS (SELECT t.oid, t.typtype, t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid"
    " UNION ALL SELECT t.oid, t.typtype, t.typbasetype FROM base JOIN pg_catalog.pg_type t ON base.typtype = 'd' AND t.oid ="
    " base.typbasetype) SELECT CASE typtype WHEN 'e' THEN 25 ELSE oid END FROM base WHERE typtype <> 'd')"
    " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid ="
    " c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped";

// Returns none if a column has another type, or if the encoding of the session, and so of binary texts, differs from
// that of the rows.
std::optional<std::vector<BinaryForm>> binary_forms(Connection& connection, const Table& table, const std::string& encoding) {
  if (session_encoding(connection.encoding()) != encoding || !connection.integer_datetimes()) return std::nullopt;
  const RelationName relation = row_destination(table);
  const Rows types = connection.query(kTypes, {relation.first, relation.second});
  std::map<std::string, std::optional<BinaryForm>> by_column;
  for (int row = 0; row < types.size(); ++row) by_column[types.text(row, 0)] = form_of(types.number(row, 1));
  std::vector<BinaryForm> forms;
  for (const std::string& column : table.columns) {
    const auto found = by_column.find(column);
    if (found == by_column.end() || !found->second) return std::nullopt;
    forms.push_back(*found->second);
  }
  return forms;
}

}  // namespace

RowsIn::RowsIn(Connection& connection, const std::string& copy_sql) : connection_(connection), text_sql_(copy_sql) {
  connection_.copy_in_begin(text_sql_);
}

RowsIn::RowsIn(Connection& connection, const Table& table, const std::string& encoding, bool freeze)
    : connection_(connection), text_sql_(copy_in_sql(table, encoding, freeze)) {
  if (std::optional<std::vector<BinaryForm>> forms = binary_forms(connection_, table, encoding)) binary_.emplace(std::move(*forms));
  connection_.copy_in_begin(binary_ ? copy_in_sql(table, encoding, freeze, CopyFormat::binary) : text_sql_);
  if (binary_) connection_.copy_in_write(as_bytes(kBinaryHeader));
}

void RowsIn::write(ByteView bytes) {
  if (!binary_) return connection_.copy_in_write(bytes);
  std::string_view text = as_text(bytes);
  if (!partial_.empty() && !finish_partial(text)) return;
  text.remove_prefix(send_turned(text));
  if (text.find('\n') != std::string_view::npos) return go_on_as_text(text);
  partial_ = text;
}

// Completes the cut row with the beginning of `text`, and sends it. Returns false if nothing of `text` is left to do.
bool RowsIn::finish_partial(std::string_view& text) {
  const std::size_t newline = text.find('\n');
  const std::size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
  partial_ += text.substr(0, end);
  text.remove_prefix(end);
  if (newline == std::string_view::npos && partial_.size() <= kLongestRow) return false;
  if (send_turned(partial_) == 0) {
    go_on_as_text(std::exchange(partial_, {}));
    connection_.copy_in_write(as_bytes(text));
    return false;
  }
  partial_.clear();
  return true;
}

std::size_t RowsIn::send_turned(std::string_view text) {
  const std::size_t turned = binary_->turn(text);
  connection_.copy_in_write(binary_->rows());
  return turned;
}

// In a transaction with `freeze`, a second COPY may do the same as the first; otherwise each COPY commits its rows, as
// every entry does.
void RowsIn::go_on_as_text(std::string_view text) {
  connection_.copy_in_write(as_bytes(kBinaryTrailer));
  taken_ = connection_.copy_in_end();
  binary_.reset();
  connection_.copy_in_begin(text_sql_);
  connection_.copy_in_write(as_bytes(text));
}

std::uint64_t RowsIn::finish() {
  if (binary_ && !partial_.empty()) go_on_as_text(std::exchange(partial_, {}));  // cut short: the row count will tell
  if (binary_) connection_.copy_in_write(as_bytes(kBinaryTrailer));
  return taken_ + connection_.copy_in_end();
}

}  // namespace holdfast::postgres
