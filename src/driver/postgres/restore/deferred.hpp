#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "driver/postgres/client/connection.hpp"
#include "holdfast/target.hpp"

namespace holdfast::postgres {

class Sessions;

/// A statement of a restore that the server refused.
class StatementError : public ServerError {
 public:
  StatementError(const ServerError& error, std::string statement) : ServerError(error), statement_(std::move(statement)) {}
  const std::string& statement() const noexcept { return statement_; }

 private:
  std::string statement_;
};

/// Whether everything that follows would fail as well: there is no session or no space, the database is read-only, or
/// somebody cancels.
bool ends_restore(const ServerError& error);

/// Runs a statement of the backup. Throws StatementError.
void run_statement(Connection& connection, const std::string& sql, Wait wait = Wait::stall);

/// How the names in a definition are found.
enum class Names : char {
  by_schema,      ///< as pg_dump writes them
  by_search_path  ///< also as in a session at the source: code that people wrote may expect that
};

/// A part of a restore that may fail without costing the others.
struct Part {
  std::string object;                         ///< for people: "INDEX app.place_by_position"
  std::function<void(Sessions&, Names)> run;  ///< throws ServerError
  /// Restores something less, and returns what: "NOT VALID"; "" if it can't. Gets the last failure. Throws ServerError.
  std::function<std::string(Sessions&, const ServerError&)> reduce = {};
  bool loads_rows = false;
  std::string belongs_to = {};     ///< an object without which it is not missed: that of a comment, or of grants
  Names first = Names::by_schema;  ///< how names are found at first
};

/// Runs parts, keeps those that fail, and tries them again: a part that they need may exist by then.
class Deferred {
 public:
  /// Runs a part, or keeps it. Throws only what ends the restore. Returns whether it succeeded. Safe from many threads.
  bool run(Part part, Sessions& sessions);
  /// Tries what failed again, until nothing more succeeds. One thread.
  void retry(Sessions& sessions);
  /// The last attempt for all that failed, which also reduces parts: what fails now is left out. One thread.
  void settle(Sessions& sessions);
  /// Returns what is left out and what failed since, in the order in which it failed. One thread.
  std::vector<LeftOut> left_out() const;

 private:
  struct Succeeded {
    std::uint64_t parts = 0, loads = 0;  // of rows
  };
  struct Failure {
    Part part;
    ServerError error;
    std::string statement;
    Succeeded before;         // when its last attempt began
    bool tried_both = false;  // with and without a search path
  };
  Succeeded succeeded();
  bool may_succeed(const Failure& failure);
  bool try_again(Failure& failure, Sessions& sessions);
  bool attempt(Failure& failure, Sessions& sessions, Names names);
  bool reduce(Failure& failure, Sessions& sessions);
  void note_success(const Part& part);

  std::mutex mutex_;
  Succeeded succeeded_;
  std::vector<Failure> failures_, final_;
  std::vector<std::pair<LeftOut, std::string>> reduced_;  // and what it belongs to
};

}  // namespace holdfast::postgres
