#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/io.hpp"
#include "holdfast/pipeline.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

// SQL text of a PostgreSQL database without a repository: what `pg_dump` writes and `psql` reads. Each `uri` is
// "postgresql://…"; a wrong one throws Error{invalid_argument} at the call.

/// Returns a producer that writes a live database as SQL text, by the pg_dump of the server's version or a newer one:
///
///     Pipeline{dump_sql("postgresql:///shop")} | gzip(6) | sink(storage, "shop.sql.gz")
///
/// `bin_dir` restricts the search for pg_dump to one folder. The producer throws Error{source} if pg_dump fails or
/// writes no complete dump. The password is in no argument of the program.
Producer dump_sql(const std::string& uri, std::string bin_dir = {});

/// Kinds of statements that a load could not run.
enum class SqlFailureKind {
  statement,  ///< the server refused it: something is missing now
  owner,      ///< an owner, grant or comment that the role may not set, or whose role does not exist here
  setting,    ///< a session setting that this server does not know
  outside,    ///< not run: it concerns something outside of the database (other databases, roles, files), or psql itself
};
std::string_view to_string(SqlFailureKind kind) noexcept;  ///< "statement"

/// One statement of an SQL text that did not succeed.
struct SqlFailure {
  SqlFailureKind kind = SqlFailureKind::statement;
  std::uint64_t line = 0;  ///< of its first word; from 1
  std::string statement;   ///< its beginning, without texts and quoted names
  std::string reason;      ///< one line
};

struct SqlLoadReport {
  static constexpr std::size_t kMostFailures = 100;
  std::uint64_t statements = 0;      ///< that succeeded, with COPY
  std::uint64_t rows = 0;            ///< stored by COPY
  std::uint64_t bytes = 0;           ///< of the text
  std::uint64_t failed = 0;          ///< statements of the kind `statement`, even if `failures` has no room for them
  std::vector<SqlFailure> failures;  ///< the first ones, of any kind
  bool complete = false;             ///< the text ends with the mark of pg_dump: it was not cut between two statements
  bool ok() const noexcept { return complete && failed == 0; }
};

std::string to_json(const SqlLoadReport& report);              ///< one object on one line
std::string to_json(const std::vector<QueryResult>& results);  ///< an array: statement, ok, result

/// Runs SQL text in a database, statement by statement, with the rows of COPY … FROM stdin. Continues after a statement
/// that fails. Never runs psql's backslash commands, nor statements that concern other databases, roles, tablespaces,
/// files or programs of the server. The rest of the text is trusted with the rights of the role that connects: its
/// functions and DO blocks run with them. Bounds its memory by the longest statement. Throws the errors of `from`
/// unchanged, and Error if the connection fails.
SqlLoadReport load_sql(const std::string& uri, Reader& from, Context& context);

/// Runs each statement of `sql` in one session with the database's own settings. A statement that fails is a result.
std::vector<QueryResult> query_sql(const std::string& uri, std::string_view sql, Context& context);

/// A database made for one proof. Other processes see by a database lock that it is in use. Used by one thread.
class ScratchDatabase {
 public:
  /// Creates the database `name` on the server of `server_uri` from template0. Throws Error{already_exists} if there is
  /// one. A stop request interrupts nothing here and in drop().
  ScratchDatabase(const std::string& server_uri, const std::string& name, const Context& context);
  ~ScratchDatabase();  ///< drops it unless drop() did; warns if it can't. `context` must still exist
  ScratchDatabase(const ScratchDatabase&) = delete;
  ScratchDatabase& operator=(const ScratchDatabase&) = delete;

  const std::string& name() const noexcept;
  const std::string& uri() const noexcept;  ///< with its password: never print it
  /// Ends all sessions in the database and drops it. Throws Error.
  void drop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Drops the databases that ScratchDatabases of killed processes left: those with a name of `prefix`, eight digits, "_"
/// and six digits, that belong to the role of `server_uri`, and that no process uses. With the prefix "verify_" also
/// those of proofs on that server (VerifyOptions::target). Returns their names. Warns about each that can't be dropped.
std::vector<std::string> drop_abandoned_scratch(const std::string& server_uri, const std::string& prefix, const Context& context);

}  // namespace holdfast
