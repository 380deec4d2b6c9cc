#pragma once

#include <libpq-fe.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "driver/postgres/client/conninfo.hpp"
#include "holdfast/bytes.hpp"
#include "holdfast/context.hpp"
#include "holdfast/error.hpp"

namespace holdfast::postgres {

/// An error the server reported. `sqlstate` decides what may be tried again.
class ServerError : public Error {
 public:
  ServerError(ErrorCode code, std::string message, std::string sqlstate)
      : Error(code, std::move(message)), sqlstate_(std::move(sqlstate)) {}
  const std::string& sqlstate() const noexcept { return sqlstate_; }

 private:
  std::string sqlstate_;
};

/// Rows of one query, as text.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result, &PQclear) {}
  int size() const { return PQntuples(result_.get()); }
  int columns() const { return PQnfields(result_.get()); }
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  std::string text(int row, int column) const { return {PQgetvalue(result_.get(), row, column), length(row, column)}; }
  std::uint64_t number(int row, int column) const;
  bool flag(int row, int column) const { return *PQgetvalue(result_.get(), row, column) == 't'; }
  std::string column_name(int column) const { return PQfname(result_.get(), column); }
  /// The row count of the command tag ("COPY 5").
  std::uint64_t affected() const;
  std::string tag() const { return PQcmdStatus(result_.get()); }

 private:
  std::size_t length(int row, int column) const { return static_cast<std::size_t>(PQgetlength(result_.get(), row, column)); }
  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

enum class Wait {
  stall,     ///< give up after the stall timeout without a byte
  unlimited  ///< an index build may take hours; only cancel ends it
};

/// One connection to a server. Every wait ends at a deadline or when the context (or `abort`) is stopped. Used by one thread.
class Connection {
 public:
  Connection(const ConnInfo& info, const Context& context, std::stop_token abort = {});

  /// Forgets whatever was done to the session: settings, temporary objects, prepared statements. For a session in which code that is not
  /// ours has run, before anything else is done there.
  void refresh();

  Rows query(const std::string& sql, Wait wait = Wait::stall);
  Rows query(const std::string& sql, const std::vector<std::optional<std::string>>& parameters, Wait wait = Wait::stall);
  /// The first column of the first row.
  std::string value(const std::string& sql) { return query(sql).text(0, 0); }

  /// COPY … TO STDOUT in three steps. `copy_out_read` fills `out` with what comes next, whatever the rows' sizes, and returns less only at
  /// the end; `copy_out_end` throws unless the server says that it sent `rows` rows.
  void copy_out_begin(const std::string& sql) { begin_copy(sql, PGRES_COPY_OUT); }
  std::size_t copy_out_read(std::span<std::byte> out);
  void copy_out_end(std::uint64_t rows);

  /// COPY … FROM STDIN in three steps; `copy_in_end` returns the rows the server took.
  void copy_in_begin(const std::string& sql) { begin_copy(sql, PGRES_COPY_IN); }
  void copy_in_write(ByteView data);
  std::uint64_t copy_in_end();

  /// The role's password as the server keeps it: the password itself goes into no statement, and so into no log.
  std::string password_verifier(const std::string& role, const std::string& password) const;
  int server_version() const { return PQserverVersion(connection_.get()); }  ///< 150018
  /// Of the server's process, also where a pooler stands in between and gave libpq a number of its own.
  int backend_pid() const { return backend_pid_; }
  bool pooled() const { return backend_pid_ != PQbackendPID(connection_.get()); }  ///< a pooler stands in between
  std::string server_version_text() const { return PQparameterStatus(connection_.get(), "server_version"); }
  std::string database() const { return PQdb(connection_.get()); }
  std::string encoding() const { return PQparameterStatus(connection_.get(), "server_encoding"); }  ///< the database's
  /// Times are microseconds, not floating point: a choice of whoever built a server older than 10.
  bool integer_datetimes() const;

  /// Starts a query whose end is waited for elsewhere (`finish`), e.g. while a lock is watched.
  void start(const std::string& sql);
  /// Waits at most `patience` for the started query. Nothing = not yet.
  std::optional<Rows> finish(std::chrono::milliseconds patience);

 private:
  struct Untouched {};
  Connection(const ConnInfo& info, const Context& context, Untouched);  // leaves the session's settings alone
  friend void require_own_sessions(const ConnInfo& info, const Context& context);

  void connect(const ConnInfo& info);
  void pin_session();
  std::string pins() const;
  void check() const;
  bool wait_socket(bool for_write, int timeout_ms) const;
  void wait_result(Wait wait);
  void wait_for_data();
  Rows collect(Wait wait);
  void begin_copy(const std::string& sql, ExecStatusType expected);
  void flush();
  [[noreturn]] void fail_connection(const std::string& what) const;

  const Context& context_;
  std::stop_token abort_;
  std::string where_;
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  int backend_pid_ = 0;
  bool looks_after_us_ = false;  // the server can notice while it computes that we went away
};

/// Throws Error{unsupported} when a pooler in between shares the server's sessions among its clients (transaction pooling): settings and
/// locks would reach strangers, and theirs us. Silent if the database is missing: that is told elsewhere.
void require_own_sessions(const ConnInfo& info, const Context& context);

/// Throws ServerError for a failed result.
[[noreturn]] void throw_server_error(const PGresult* result, const std::string& where);

}  // namespace holdfast::postgres
