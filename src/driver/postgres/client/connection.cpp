#include "driver/postgres/client/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <limits>

#include "base/host_name.hpp"
#include "driver/postgres/client/names.hpp"

namespace holdfast::postgres {

namespace {

using std::chrono::steady_clock;

// Serialization failure. A backup meets it only on a standby, which delays the replay of the primary's changes only for
// a limited time.
constexpr const char* kRecoveryConflict = "40001";
constexpr const char* kCancelled = "57014";

ErrorCode code_of(const std::string& sqlstate) {
  if (sqlstate.starts_with("28")) return ErrorCode::unauthenticated;
  if (sqlstate == "3D000" || sqlstate == "42P01" || sqlstate == "3F000") return ErrorCode::not_found;
  if (sqlstate == "42501") return ErrorCode::permission_denied;
  if (sqlstate == "55P03" || sqlstate == "40P01" || sqlstate == "55006" || sqlstate == kRecoveryConflict) return ErrorCode::conflict;
  if (sqlstate == kCancelled) return ErrorCode::timeout;
  if (sqlstate.starts_with("08") || sqlstate.starts_with("57P")) return ErrorCode::network;
  if (sqlstate == "53100") return ErrorCode::no_space;
  if (sqlstate.starts_with("53")) return ErrorCode::limit;
  return ErrorCode::source;
}

std::string trimmed(const char* text) {
  std::string result = text == nullptr ? "" : text;
  while (!result.empty() && (result.back() == '\n' || result.back() == ' ')) result.pop_back();
  return result;
}

}  // namespace

void throw_server_error(const PGresult* result, const std::string& where) {
  const auto field = [&](int code) { return trimmed(PQresultErrorField(result, code)); };
  const std::string sqlstate = field(PG_DIAG_SQLSTATE);
  std::string message = field(PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = trimmed(PQresultErrorMessage(result));
  for (const int extra : {PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT, PG_DIAG_CONTEXT}) {
    if (const std::string text = field(extra); !text.empty()) message += " (" + text + ")";
  }
  if (sqlstate == kRecoveryConflict) message += " (on a standby: set hot_standby_feedback there, or raise max_standby_streaming_delay)";
  const std::string severity = field(PG_DIAG_SEVERITY_NONLOCALIZED);
  throw ServerError(code_of(sqlstate), where,
                    {.sqlstate = sqlstate,
                     .text = message,
                     .schema = field(PG_DIAG_SCHEMA_NAME),
                     .table = field(PG_DIAG_TABLE_NAME),
                     .type = field(PG_DIAG_DATATYPE_NAME),
                     .constraint = field(PG_DIAG_CONSTRAINT_NAME),
                     .ended = severity == "FATAL" || severity == "PANIC"});
}

std::string Connection::server_address() const {
  if (!inside_.container.empty()) return host_name() + "/" + inside_.container + ":" + PQport(connection_.get());
  const std::string address = PQhostaddr(connection_.get());  // empty for a socket
  const bool local = address.empty() || address == "::1" || address.starts_with("127.");
  const std::string host = local ? host_name() : address.find(':') == std::string::npos ? address : "[" + address + "]";
  return host + ":" + PQport(connection_.get());
}

std::uint64_t Rows::number(int row, int column) const { return std::strtoull(PQgetvalue(result_.get(), row, column), nullptr, 10); }

std::uint64_t Rows::affected() const { return std::strtoull(PQcmdTuples(result_.get()), nullptr, 10); }

Connection::Connection(const ConnInfo& info, const Context& context, std::stop_token abort)
    : context_(context), abort_(std::move(abort)), where_(info.display()), inside_(info.inside()), connection_(nullptr, &PQfinish) {
  connect(info);
  pin_session();
}

Connection::Connection(const ConnInfo& info, const Context& context, Untouched)
    : context_(context), where_(info.display()), inside_(info.inside()), connection_(nullptr, &PQfinish) {
  connect(info);
}

// Such a pooler gives a second client the session that the first has just released, or gives the first another session
// if that one is taken.
void require_own_sessions(const ConnInfo& info, const Context& context) {
  const char* const kProcess = "SELECT pg_catalog.pg_backend_pid()";
  try {
    Connection one(info, context, Connection::Untouched{});
    const std::string process = one.value(kProcess);
    if (process == std::to_string(PQbackendPID(one.connection_.get()))) return;
    Connection other(info, context, Connection::Untouched{});
    if (other.value(kProcess) != process) {
      other.query("BEGIN");
      other.query(kProcess);
      if (one.value(kProcess) == process) return;
    }
  } catch (const ServerError& error) {
    if (error.sqlstate() == kCancelled) return;  // by the role's statement_timeout, still in force here
    throw;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return;
    throw;
  }
  throw Error(ErrorCode::unsupported, info.display() +
                                          ": a connection pooler is in between and shares sessions among its clients (transaction "
                                          "pooling): connect to the server itself, or to a pool in session mode");
}

void Connection::check() const {
  context_.check();
  if (abort_.stop_requested()) throw Error(ErrorCode::cancelled, "stopped because another part of the work failed");
}

void Connection::fail_connection(const std::string& what) const {
  throw Error(ErrorCode::network, where_ + ": " + what + ": " + trimmed(PQerrorMessage(connection_.get())), true);
}

void Connection::connect(const ConnInfo& info) {
  std::map<std::string, std::string> parameters = info.parameters();
  parameters.try_emplace("fallback_application_name", "holdfast");
  parameters.try_emplace("keepalives_idle", "30");
  parameters.try_emplace("tcp_user_timeout", "120000");  // ms; detects a vanished peer while we send
  parameters["client_encoding"] = "UTF8";                // for names and messages; data streams name their own encoding
  if (!info.password().empty()) parameters["password"] = info.password();
  std::vector<const char*> keys, values;
  for (const auto& [key, value] : parameters) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(PQconnectStartParams(keys.data(), values.data(), 0));
  if (!connection_) throw Error(ErrorCode::limit, "out of memory for a connection to " + where_);
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);  // otherwise libpq prints notices, also those of the login

  const auto deadline = steady_clock::now() + context_.limits.connect_timeout;
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED || PQstatus(connection_.get()) == CONNECTION_BAD) {
      const std::string reason = trimmed(PQerrorMessage(connection_.get()));
      // Without a session, libpq reports no SQLSTATE: only the text of the message is available.
      const bool missing = reason.find("does not exist") != std::string::npos && reason.find("database") != std::string::npos;
      const bool refused = reason.find("authentication") != std::string::npos || reason.find("no password supplied") != std::string::npos ||
                           reason.find("role \"") != std::string::npos || reason.find("pg_hba.conf") != std::string::npos;
      const bool misused = reason.starts_with("invalid ");  // libpq refused a parameter before it tried
      throw Error(misused   ? ErrorCode::invalid_argument
                  : missing ? ErrorCode::not_found
                  : refused ? ErrorCode::unauthenticated
                            : ErrorCode::network,
                  "can't connect to " + where_ + ": " + reason);
    }
    if (steady_clock::now() > deadline) {
      throw Error(ErrorCode::timeout, "can't connect to " + where_ + ": no answer within " +
                                          std::to_string(context_.limits.connect_timeout.count()) + " s (is the server up and reachable?)");
    }
    check();
    if (wait_socket(state == PGRES_POLLING_WRITING, 100)) state = PQconnectPoll(connection_.get());
  }
  PQsetnonblocking(connection_.get(), 1);
}

// Sets everything that changes how values are printed, or that could end a long idle snapshot; nothing else sets these.
// With equal settings on both ends, COPY text can be compared.
void Connection::pin_session() {
  lift_statement_timeout();  // before anything that takes time
  query(pins());
  backend_pid_ = static_cast<int>(query("SELECT pg_catalog.pg_backend_pid()").number(0, 0));
  if (server_version() < 140000) return;
  // The server then notices a closed connection even while it computes. Not every platform supports it.
  try {
    query("SET client_connection_check_interval = '2s'");
    looks_after_us_ = true;
  } catch (const ServerError&) {
  }
}

// A role or database may allow a statement so little time that even this one is cancelled on a busy server.
void Connection::lift_statement_timeout() {
  constexpr int kTries = 100;
  for (int tried = 1;; ++tried) {
    try {
      query("SET statement_timeout = 0");
      return;
    } catch (const ServerError& error) {
      if (error.sqlstate() != kCancelled || tried == kTries) throw;
    }
  }
}

std::string Connection::pins() const {
  std::string sql =
      "SET statement_timeout = 0; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 3;"
      "SET TimeZone = 'UTC'; SET bytea_output = 'hex'; SET xmloption = 'content'; SET xmlbinary = 'base64'; SET lc_monetary = 'C';"
      "SET row_security = off; SET quote_all_identifiers = off; SET synchronize_seqscans = off; SET lock_timeout = 0;"
      "SET idle_in_transaction_session_timeout = 0; SELECT pg_catalog.set_config('search_path', '', false);";
  // Such a database has no encoding to convert from: names may contain any bytes, and it would refuse them as UTF8.
  if (session_encoding(encoding()) != "UTF8") sql += "SET client_encoding = " + session_encoding(encoding()) + ";";
  if (server_version() >= 110000) sql += "SET jit = off;";
  if (server_version() >= 140000) sql += "SET idle_session_timeout = 0;";
  if (server_version() >= 170000) sql += "SET transaction_timeout = 0;";
  if (looks_after_us_) sql += "SET client_connection_check_interval = '2s';";
  return sql;
}

void Connection::refresh() {
  query("DISCARD ALL");
  query(pins());
}

std::string Connection::password_verifier(const std::string& role, const std::string& password) const {
  const std::unique_ptr<char, decltype(&PQfreemem)> verifier(
      PQencryptPasswordConn(connection_.get(), password.c_str(), role.c_str(), "scram-sha-256"), &PQfreemem);
  if (!verifier) fail_connection("can't make a password's verifier");
  return verifier.get();
}

bool Connection::integer_datetimes() const {
  const char* setting = PQparameterStatus(connection_.get(), "integer_datetimes");
  return setting != nullptr && std::string_view(setting) == "on";
}

bool Connection::wait_socket(bool for_write, int timeout_ms) const {
  pollfd fd{PQsocket(connection_.get()), static_cast<short>(for_write ? POLLOUT : POLLIN), 0};
  const int ready = ::poll(&fd, 1, timeout_ms);
  if (ready < 0 && errno != EINTR) fail_connection("can't wait for the server");
  return ready > 0;
}

void Connection::flush() {
  auto heard = steady_clock::now();
  while (const int rest = PQflush(connection_.get())) {
    if (rest < 0) return;  // the result tells the reason
    check();
    pollfd fd{PQsocket(connection_.get()), POLLIN | POLLOUT, 0};
    const int ready = ::poll(&fd, 1, 100);
    if (ready > 0) heard = steady_clock::now();
    // A server with pending output stops reading. Read it, otherwise both sides wait for ever.
    if ((fd.revents & POLLIN) != 0 && PQconsumeInput(connection_.get()) == 0) return;
    if (steady_clock::now() - heard > context_.limits.stall_timeout) {
      throw Error(ErrorCode::timeout,
                  where_ + ": the server took no data for " + std::to_string(context_.limits.stall_timeout.count()) + " s");
    }
  }
}

void Connection::wait_result(Wait wait) {
  flush();
  const auto since = steady_clock::now();
  while (PQisBusy(connection_.get()) != 0) {
    check();
    if (wait_socket(false, 100) && PQconsumeInput(connection_.get()) == 0) fail_connection("the connection broke");
    if (wait == Wait::stall && steady_clock::now() - since > context_.limits.stall_timeout) {
      throw Error(ErrorCode::timeout, where_ + ": no answer within " + std::to_string(context_.limits.stall_timeout.count()) + " s");
    }
  }
}

// Collects all results of what was sent. Returns the last one that is not empty; throws the first error.
Rows Connection::collect(Wait wait) {
  Rows last(nullptr);
  std::exception_ptr failure;
  for (;;) {
    wait_result(wait);
    PGresult* result = PQgetResult(connection_.get());
    if (result == nullptr) break;
    Rows rows(result);
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY) {
      last = std::move(rows);
    } else if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) {
      throw Error(ErrorCode::invalid_argument, where_ + ": a COPY statement is not a query");
    } else if (!failure) {
      try {
        throw_server_error(result, where_);
      } catch (...) {
        failure = std::current_exception();
      }
    }
  }
  if (failure) std::rethrow_exception(failure);
  return last;
}

void Connection::start(const std::string& sql) {
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) fail_connection("can't send a query");
}

std::optional<Rows> Connection::finish(std::chrono::milliseconds patience) {
  flush();
  const auto since = steady_clock::now();
  while (PQisBusy(connection_.get()) != 0) {
    check();
    if (steady_clock::now() - since >= patience) return std::nullopt;
    if (wait_socket(false, 20) && PQconsumeInput(connection_.get()) == 0) fail_connection("the connection broke");
  }
  return collect(Wait::stall);
}

Rows Connection::query(const std::string& sql, Wait wait) {
  start(sql);
  return collect(wait);
}

Rows Connection::query(const std::string& sql, const std::vector<std::optional<std::string>>& parameters, Wait wait) {
  std::vector<const char*> values;
  for (const auto& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
  if (PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0) ==
      0) {
    fail_connection("can't send a query");
  }
  return collect(wait);
}

void Connection::begin_copy(const std::string& sql, ExecStatusType expected) {
  start(sql);
  wait_result(Wait::stall);
  PGresult* result = PQgetResult(connection_.get());
  const Rows owned(result);
  if (result == nullptr) fail_connection("COPY did not start");
  if (PQresultStatus(result) == expected) return;
  try {
    throw_server_error(result, where_);
  } catch (...) {
    collect(Wait::stall);  // until a next statement can be sent
    throw;
  }
}

void Connection::wait_for_data() {
  const auto since = steady_clock::now();
  while (!wait_socket(false, 100)) {
    check();
    if (steady_clock::now() - since > context_.limits.stall_timeout) {
      throw Error(ErrorCode::timeout, where_ + ": no data for " + std::to_string(context_.limits.stall_timeout.count()) + " s");
    }
  }
}

// PQgetlineAsync copies rows into our buffer; PQgetCopyData would allocate memory for each. It reports the end and an
// error alike: the result distinguishes them.
std::size_t Connection::copy_out_read(std::span<std::byte> out) {
  std::size_t filled = 0;
  for (bool drained = false; filled != out.size();) {
    const std::size_t room = std::min<std::size_t>(out.size() - filled, std::numeric_limits<int>::max());
    const int got = PQgetlineAsync(connection_.get(), reinterpret_cast<char*>(out.data() + filled), static_cast<int>(room));
    if (got < 0) break;
    if (got > 0) {
      filled += static_cast<std::size_t>(got);
      drained = false;
      continue;
    }
    check();
    if (drained) wait_for_data();  // only after a read without a complete row: most reads need no wait
    if (PQconsumeInput(connection_.get()) == 0) fail_connection("the connection broke");
    drained = true;
  }
  return filled;
}

// A server error in the middle of the data appears only here, and a truncated stream only in its count.
void Connection::copy_out_end(std::uint64_t rows) {
  const std::uint64_t sent = collect(Wait::stall).affected();
  if (sent == rows) return;
  throw Error(ErrorCode::source,
              where_ + ": the server says it sent " + std::to_string(sent) + " rows, but " + std::to_string(rows) + " came");
}

void Connection::copy_in_write(ByteView data) {
  while (!data.empty()) {
    const ByteView piece = data.first(std::min<std::size_t>(data.size(), 256U << 10));
    const int put = PQputCopyData(connection_.get(), reinterpret_cast<const char*>(piece.data()), static_cast<int>(piece.size()));
    if (put < 0) {
      collect(Wait::stall);  // throws the server's reason, if any
      fail_connection("can't send data");
    }
    if (put > 0) data = data.subspan(piece.size());
    flush();
  }
}

std::uint64_t Connection::copy_in_end() {
  while (PQputCopyEnd(connection_.get(), nullptr) == 0) flush();
  return collect(Wait::unlimited).affected();  // deferred checks run at the end and may take long
}

}  // namespace holdfast::postgres
