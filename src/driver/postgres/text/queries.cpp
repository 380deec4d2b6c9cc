#include "driver/postgres/text/queries.hpp"

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/client/statements.hpp"
#include "holdfast/sql_text.hpp"

namespace holdfast {

namespace postgres {

namespace {

std::string rows_text(const Rows& rows) {
  constexpr std::size_t kLongest = 64U << 10;
  if (rows.columns() == 0) return rows.tag();
  std::string text;
  for (int column = 0; column < rows.columns(); ++column) text += (column == 0 ? "" : "\t") + rows.column_name(column);
  for (int row = 0; row < rows.size() && text.size() < kLongest; ++row) {
    text += '\n';
    for (int column = 0; column < rows.columns(); ++column) {
      text += (column == 0 ? "" : "\t") + (rows.is_null(row, column) ? std::string("NULL") : rows.text(row, column));
    }
  }
  if (text.size() > kLongest) text.resize(kLongest);
  return text;
}

}  // namespace

std::vector<QueryResult> run_queries(const ConnInfo& info, const std::vector<std::string>& texts, const Context& context) {
  Connection connection(info, context);
  connection.query("RESET search_path; RESET row_security");
  std::vector<QueryResult> results;
  for (const std::string& text : texts) {
    for (const std::string& statement : split_statements(text)) {
      QueryResult result{.statement = statement, .ok = false, .result = {}};
      try {
        result.result = rows_text(connection.query(statement));
        result.ok = true;
      } catch (const ServerError& error) {
        result.result = error.message();
      }
      results.push_back(std::move(result));
    }
  }
  return results;
}

}  // namespace postgres

std::vector<QueryResult> query_sql(const std::string& uri, std::string_view sql, Context& context) {
  return postgres::run_queries(postgres::ConnInfo(uri), {std::string(sql)}, context);
}

}  // namespace holdfast
