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

/// A server's words about a failure. The names are empty if it concerns no such object.
struct ServerMessage {
  std::string sqlstate;  ///< decides whether to try again
  std::string text;      ///< with detail, hint and context
  std::string schema, table, type, constraint;
  bool ended = false;  ///< the server ended the session
};

/// An error that the server reported.
class ServerError : public Error {
 public:
  ServerError(ErrorCode code, const std::string& where, ServerMessage said)
      : Error(code, where + ": " + said.text), said_(std::move(said)) {}
  const std::string& sqlstate() const noexcept { return said_.sqlstate; }
  const ServerMessage& said() const noexcept { return said_; }

 private:
  ServerMessage said_;
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
  /// Returns the row count of the command tag ("COPY 5").
  std::uint64_t affected() const;
  std::string tag() const { return PQcmdStatus(result_.get()); }

 private:
  std::size_t length(int row, int column) const { return static_cast<std::size_t>(PQgetlength(result_.get(), row, column)); }
  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

enum class Wait {
  stall,     ///< give up after the stall timeout without a byte
  unlimited  ///< for example an index build, which may take hours: only cancel ends it
};

/// One connection to a server. Every wait ends at a deadline, or when the context (or `abort`) is stopped. One thread.
class Connection {
 public:
  Connection(const ConnInfo& info, const Context& context, std::stop_token abort = {});

  /// Resets the session: settings, temporary objects, prepared statements. Call it after a session has run foreign
  /// code, before it does anything else.
  void refresh();

  Rows query(const std::string& sql, Wait wait = Wait::stall);
  Rows query(const std::string& sql, const std::vector<std::optional<std::string>>& parameters, Wait wait = Wait::stall);
  /// Returns the first column of the first row.
  std::string value(const std::string& sql) { return query(sql).text(0, 0); }

  /// COPY … TO STDOUT in three steps. `copy_out_read` fills `out` with the next bytes, independent of row sizes, and
  /// returns fewer only at the end. `copy_out_end` throws unless the server reports that it sent `rows` rows.
  void copy_out_begin(const std::string& sql) { begin_copy(sql, PGRES_COPY_OUT); }
  std::size_t copy_out_read(std::span<std::byte> out);
  void copy_out_end(std::uint64_t rows);

  /// COPY … FROM STDIN in three steps. `copy_in_end` returns the number of rows that the server stored.
  void copy_in_begin(const std::string& sql) { begin_copy(sql, PGRES_COPY_IN); }
  void copy_in_write(ByteView data);
  std::uint64_t copy_in_end();

  /// Returns the role's password in the form in which the server stores it: the password itself is in no statement, and
  /// therefore in no log.
  std::string password_verifier(const std::string& role, const std::string& password) const;
  int server_version() const { return PQserverVersion(connection_.get()); }  ///< 150018
  /// Process id on the server. A pooler in between gives libpq a different one.
  int backend_pid() const { return backend_pid_; }
  bool pooled() const { return backend_pid_ != PQbackendPID(connection_.get()); }  ///< there is a pooler in between
  std::string server_version_text() const { return PQparameterStatus(connection_.get(), "server_version"); }
  /// Returns "db1:5432": the address that a name was resolved to, or this machine's name for a local server. Several
  /// local servers may have the same. For a server in a container, the container instead.
  std::string server_address() const;
  /// Returns the folder of the socket, or the host as it was given.
  std::string server_folder() const { return inside_.container.empty() ? PQhost(connection_.get()) : inside_.host; }
  std::string database() const { return PQdb(connection_.get()); }
  std::string encoding() const { return PQparameterStatus(connection_.get(), "server_encoding"); }  ///< of the database
  /// Returns whether times are microseconds rather than floating point, a build option of servers before 10.
  bool integer_datetimes() const;

  /// Starts a query and returns at once; `finish` waits for its end. Used, for example, to watch a database lock
  /// meanwhile.
  void start(const std::string& sql);
  /// Waits at most `patience` for the started query. Returns none if it has not ended.
  std::optional<Rows> finish(std::chrono::milliseconds patience);

 private:
  struct Untouched {};
  Connection(const ConnInfo& info, const Context& context, Untouched);  // keeps the session's settings
  friend void require_own_sessions(const ConnInfo& info, const Context& context);

  void connect(const ConnInfo& info);
  void pin_session();
  void lift_statement_timeout();
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
  ConnInfo::Inside inside_;
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  int backend_pid_ = 0;
  bool looks_after_us_ = false;  // whether the server notices a closed connection while it computes
};

/// Throws Error{unsupported} if a pooler shares the server's sessions among its clients (transaction pooling): settings
/// and locks would then affect other clients, and theirs us. Does nothing if the database is missing: another check
/// reports that.
void require_own_sessions(const ConnInfo& info, const Context& context);

/// Throws the ServerError of a failed result.
[[noreturn]] void throw_server_error(const PGresult* result, const std::string& where);

}  // namespace holdfast::postgres
