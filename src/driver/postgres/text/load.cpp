#include "driver/postgres/text/load.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/client/statements.hpp"
#include "driver/postgres/text/sql_scanner.hpp"

namespace holdfast {

using postgres::Connection;
using postgres::ServerError;
using postgres::SqlScanner;

namespace {

constexpr std::string_view kUndefinedObject = "42704", kNotPermitted = "42501", kInvalidValue = "22023";

// The statement's words in upper case, each after one space; quoted names and texts are gone.
std::string words_of(const std::string& statement) {
  std::string words = " ";
  for (const char c : postgres::bare_text(statement)) {
    if (!is_ascii_space(c)) {
      words += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    } else if (words.back() != ' ') {
      words += ' ';
    }
  }
  return words + " ";
}

bool begins(const std::string& words, std::string_view with) { return words.substr(1).starts_with(with); }
bool has(const std::string& words, std::string_view part) { return words.find(part) != std::string::npos; }

bool is_grant(const std::string& words) { return begins(words, "GRANT ") || begins(words, "REVOKE "); }
bool is_copy_in(const std::string& words) { return begins(words, "COPY ") && has(words, " FROM STDIN"); }

// A dump of a whole server, or one with --create, would otherwise change the server on which it is only tried out.
bool concerns_outside(const std::string& words) {
  constexpr std::array kKinds = {"DATABASE ", "ROLE ", "USER ", "GROUP ", "TABLESPACE ", "SYSTEM "};
  for (const std::string verb : {"CREATE ", "ALTER ", "DROP "}) {
    for (const char* const kind : kKinds) {
      if (begins(words, verb + kind) && !begins(words, verb + "USER MAPPING ")) return true;
    }
  }
  if (is_grant(words)) return has(words, " ON DATABASE ") || has(words, " ON TABLESPACE ") || !has(words, " ON ");
  if (has(words, " ON DATABASE ") || has(words, " ON ROLE ") || has(words, " ON TABLESPACE ")) {
    return begins(words, "COMMENT ") || begins(words, "SECURITY LABEL ");
  }
  return begins(words, "COPY ") && !is_copy_in(words);
}

SqlFailureKind kind_of(const std::string& words, const std::string& sqlstate) {
  const bool of_owner = is_grant(words) || begins(words, "ALTER DEFAULT PRIVILEGES ") || begins(words, "SET SESSION AUTHORIZATION ") ||
                        begins(words, "SET ROLE ") || (begins(words, "ALTER ") && has(words, " OWNER TO ")) ||
                        begins(words, "COMMENT ON EXTENSION ");
  const bool refused = sqlstate == kUndefinedObject || sqlstate == kNotPermitted || sqlstate == kInvalidValue;
  if (of_owner && refused) return SqlFailureKind::owner;
  if (begins(words, "SET ") && sqlstate == kUndefinedObject) return SqlFailureKind::setting;
  return SqlFailureKind::statement;
}

std::string beginning_of(const std::string& statement) {
  constexpr std::size_t kShown = 120;
  std::string shown;
  for (const char c : postgres::bare_text(statement)) {
    if (!is_ascii_space(c)) {
      shown += c;
    } else if (!shown.empty() && shown.back() != ' ') {
      shown += ' ';
    }
    if (shown.size() >= kShown) return shown + "…";
  }
  return shown;
}

class Loader {
 public:
  Loader(const postgres::ConnInfo& info, Reader& from, Context& context) : context_(context), connection_(info, context), scanner_(from) {
    connection_.query("RESET search_path; RESET row_security");
  }

  SqlLoadReport run() {
    for (SqlScanner::Piece piece = scanner_.next(); piece.kind != SqlScanner::Kind::end; piece = scanner_.next()) {
      context_.check();
      if (piece.kind == SqlScanner::Kind::backslash) {
        skip_backslash(piece);
      } else {
        run_statement(piece);
      }
      context_.add_progress(scanner_.bytes() - report_.bytes, 0);
      report_.bytes = scanner_.bytes();
    }
    report_.bytes = scanner_.bytes();
    report_.complete = scanner_.complete();
    return std::move(report_);
  }

 private:
  // pg_dump's \restrict protects psql from what follows it; here nothing needs that.
  void skip_backslash(const SqlScanner::Piece& piece) {
    if (piece.text.starts_with("\\restrict ") || piece.text.starts_with("\\unrestrict ")) return;
    fail(SqlFailureKind::outside, piece, "a command of psql is not run");
  }

  void run_statement(const SqlScanner::Piece& piece) {
    const std::string words = words_of(piece.text);
    if (concerns_outside(words)) {
      return fail(SqlFailureKind::outside, piece, "a statement that concerns more than this database is not run");
    }
    try {
      if (is_copy_in(words)) {
        copy_in(piece.text);
      } else {
        connection_.query(piece.text, postgres::Wait::unlimited);
      }
      ++report_.statements;
    } catch (const ServerError& error) {
      if (error.said().ended) throw;
      fail(kind_of(words, error.sqlstate()), piece, error.said().text);
    }
  }

  // The rows of a table that could not be made are no statements: they are skipped, whatever they look like.
  void copy_in(const std::string& statement) {
    std::exception_ptr refused;
    try {
      connection_.copy_in_begin(statement);
    } catch (const ServerError&) {
      refused = std::current_exception();
    }
    scanner_.copy_data([&](ByteView data) {
      context_.check();
      if (refused) return;
      try {
        connection_.copy_in_write(data);
      } catch (const ServerError&) {
        refused = std::current_exception();
      }
    });
    if (refused) std::rethrow_exception(refused);
    report_.rows += connection_.copy_in_end();
  }

  void fail(SqlFailureKind kind, const SqlScanner::Piece& piece, const std::string& reason) {
    if (kind == SqlFailureKind::statement) ++report_.failed;
    if (report_.failures.size() >= SqlLoadReport::kMostFailures) return;
    const bool is_command = piece.kind == SqlScanner::Kind::backslash;
    report_.failures.push_back(
        {kind, piece.line, is_command ? piece.text.substr(0, piece.text.find(' ')) : beginning_of(piece.text), reason});
  }

  Context& context_;
  Connection connection_;
  SqlScanner scanner_;
  SqlLoadReport report_;
};

}  // namespace

std::string_view to_string(SqlFailureKind kind) noexcept {
  constexpr std::array kNames = {"statement", "owner", "setting", "outside"};
  return kNames.at(static_cast<std::size_t>(kind));
}

SqlLoadReport load_sql(const std::string& uri, Reader& from, Context& context) {
  return postgres::load_text(postgres::ConnInfo(uri), from, context);
}

namespace postgres {

SqlLoadReport load_text(const ConnInfo& info, Reader& from, Context& context) { return Loader(info, from, context).run(); }

}  // namespace postgres

}  // namespace holdfast
